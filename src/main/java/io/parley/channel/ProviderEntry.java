package io.parley.channel;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.timeline.Channel;
import java.io.IOException;

/**
 * A provider's state and counters on this node since it started.
 *
 * @param sent messages it accepted; {@code failed} counts all other attempts, {@code retried}
 *     attempts that were not a message's first
 * @param errorRate the share of failures among the last two hundred attempts
 * @param latencyMs an average of recent answer times
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

  /** Adds the number of deliveries that wait for it on all nodes. */
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
