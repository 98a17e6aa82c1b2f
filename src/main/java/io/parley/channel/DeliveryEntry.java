package io.parley.channel;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** A delivery in the books of those who look after them. */
public record DeliveryEntry(
    long id,
    long conversation,
    long seq,
    Party to,
    Channel channel,
    Optional<String> provider,
    DeliveryState state,
    int attempts,
    int unknown,
    Optional<Trouble> error,
    Instant updatedAt)
    implements JsonBytes.Part {

  /** Why the last attempt was in vain. */
  public record Trouble(String code, String message) {}

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeNumberField("conversation_id", conversation);
    json.writeNumberField("seq", seq);
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
    json.writeEndObject();
  }
}
