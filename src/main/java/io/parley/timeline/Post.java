package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.util.Optional;

/** Something published elsewhere. */
public record Post(
    Optional<String> platform, String url, Optional<String> title, Optional<String> caption)
    implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    if (platform.isPresent()) {
      json.writeStringField("platform", platform.get());
    }
    json.writeStringField("url", url);
    if (title.isPresent()) {
      json.writeStringField("title", title.get());
    }
    if (caption.isPresent()) {
      json.writeStringField("caption", caption.get());
    }
    json.writeEndObject();
  }
}
