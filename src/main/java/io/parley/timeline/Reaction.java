package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.util.List;

/** An emoji on an item, with the number of parties who chose it and up to ten of their ids. */
public record Reaction(String emoji, long count, List<Long> parties) implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("emoji", emoji);
    json.writeNumberField("count", count);
    json.writeArrayFieldStart("parties");
    for (long party : parties) {
      json.writeNumber(party);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
