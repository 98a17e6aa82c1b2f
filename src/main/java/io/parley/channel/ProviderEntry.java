package io.parley.channel;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;

/**
 * A provider as this node has known it since it started.
 *
 * @param sent messages it took, {@code failed} attempts in vain, {@code retried} attempts that were
 *     not a message's first
 * @param errorRate the share in vain of the last two hundred attempts
 * @param latencyMs how long it lately took to answer
 */
public record ProviderEntry(
    String name,
    Channel route,
    BreakerState breaker,
    long sent,
    long failed,
    long retried,
    double errorRate,
    double latencyMs) {

  /** With how many deliveries wait for it, on all nodes. */
  public JsonBytes.Part with(long queueDepth) {
    return json -> writeTo(json, queueDepth);
  }

  private void writeTo(JsonGenerator json, long queueDepth) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeStringField("channel", route.text());
    json.writeStringField("breaker", breaker.text());
    json.writeNumberField("queue_depth", queueDepth);
    json.writeNumberField("sent", sent);
    json.writeNumberField("failed", failed);
    json.writeNumberField("retried", retried);
    json.writeNumberField("error_rate", Math.round(errorRate * 10_000) / 10_000.0);
    json.writeNumberField("latency_ms", Math.round(latencyMs * 10) / 10.0);
    json.writeEndObject();
  }
}
