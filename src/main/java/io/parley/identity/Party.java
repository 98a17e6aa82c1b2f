package io.parley.identity;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;

/**
 * A participant of conversations: a user, an API key or an external participant. The handle is a
 * username, an E.164 number with its plus sign, an email address, or {@code key:} and a number;
 * these forms cannot be confused.
 */
public record Party(long id, PartyKind kind, String name, String handle) implements JsonBytes.Part {
  /**
   * An external participant that is known by an address only.
   *
   * @param text the address in the form that providers are given
   */
  public record Unnamed(PartyKind kind, String handle, String text) {}

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeStringField("kind", kind.text());
    json.writeStringField("name", name);
    json.writeStringField("handle", handle);
    json.writeEndObject();
  }
}
