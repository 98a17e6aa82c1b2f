package io.parley.identity;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;

/**
 * Anyone who can be in a conversation. The handle is a username, a +E.164 number, a mailbox, or
 * {@code key:} and a number: no two of these look alike.
 */
public record Party(long id, PartyKind kind, String name, String handle) implements JsonBytes.Part {
  /**
   * Somebody known by an address alone.
   *
   * @param text the address as it is written to
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
