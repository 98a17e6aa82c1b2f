package io.parley.api.operations;

import io.parley.json.JsonBytes;
import java.util.List;
import java.util.Optional;

/** The JSON envelope of every list: a page of entries and the cursor of the next one. */
final class ListEnvelope {
  private ListEnvelope() {}

  static JsonBytes.Part of(List<? extends JsonBytes.Part> data, Optional<Cursor> next) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("data");
      for (JsonBytes.Part each : data) {
        each.writeTo(json);
      }
      json.writeEndArray();
      json.writeFieldName("next");
      if (next.isPresent()) {
        json.writeString(next.get().text());
      } else {
        json.writeNull();
      }
      json.writeEndObject();
    };
  }
}
