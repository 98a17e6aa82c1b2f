package io.parley.channel;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An attempt as agents list it.
 *
 * @param number counts the attempts of a delivery from 1
 * @param nextDueAt when the delivery is due again; empty if this attempt ended it
 */
public record AttemptEntry(
    long number,
    String provider,
    Instant beganAt,
    Instant endedAt,
    String outcome,
    OptionalInt status,
    Optional<String> code,
    Optional<String> message,
    Optional<BreakerState> breaker,
    Optional<Instant> nextDueAt,
    Optional<String> request,
    Optional<String> response)
    implements JsonBytes.Part {

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", number);
    json.writeStringField("provider", provider);
    json.writeStringField("began_at", Times.text(beganAt));
    json.writeStringField("ended_at", Times.text(endedAt));
    json.writeStringField("outcome", outcome);
    if (status.isPresent()) {
      json.writeNumberField("status", status.getAsInt());
    } else {
      json.writeNullField("status");
    }
    json.writeStringField("code", code.orElse(null));
    json.writeStringField("message", message.orElse(null));
    json.writeStringField("breaker", breaker.map(BreakerState::text).orElse(null));
    json.writeStringField("next_due_at", nextDueAt.map(Times::text).orElse(null));
    json.writeStringField("request", request.orElse(null));
    json.writeStringField("response", response.orElse(null));
    json.writeEndObject();
  }
}
