package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** The delivery of an item to one external participant, with its present state. */
public record Delivery(
    long id,
    Party to,
    Channel channel,
    Optional<String> provider,
    DeliveryState state,
    int attempts,
    int unknown,
    Optional<Trouble> error,
    Instant updatedAt)
    implements JsonBytes.Part {

  /** The reason why the last attempt failed. */
  public record Trouble(String code, String message) {}

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    writeFields(json);
    json.writeEndObject();
  }

  /** All fields but the id, without the braces. */
  public void writeFields(JsonGenerator json) throws IOException {
    json.writeFieldName("to");
    to.writeTo(json);
    json.writeStringField("channel", channel.text());
    if (provider.isPresent()) {
      json.writeStringField("provider", provider.get());
    }
    json.writeStringField("state", state.text());
    json.writeNumberField("attempts", attempts);
    json.writeNumberField("unknown", unknown);
    if (error.isPresent()) {
      json.writeObjectFieldStart("error");
      json.writeStringField("code", error.get().code());
      json.writeStringField("message", error.get().message());
      json.writeEndObject();
    }
    json.writeStringField("updated_at", Times.text(updatedAt));
  }
}
