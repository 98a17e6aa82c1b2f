package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file to which an item refers.
 *
 * @param id the id of an upload; empty if the file is hosted elsewhere
 */
public record Attachment(
    Optional<String> id,
    String url,
    Optional<String> name,
    Optional<String> mimeType,
    OptionalLong size)
    implements JsonBytes.Part {
  /** A copy with another URL. */
  public Attachment at(String other) {
    return new Attachment(id, other, name, mimeType, size);
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (id.isPresent()) {
      json.writeStringField("id", id.get());
    }
    json.writeStringField("url", url);
    if (name.isPresent()) {
      json.writeStringField("name", name.get());
    }
    if (mimeType.isPresent()) {
      json.writeStringField("mime_type", mimeType.get());
    }
    if (size.isPresent()) {
      json.writeNumberField("size", size.getAsLong());
    }
    json.writeEndObject();
  }
}
