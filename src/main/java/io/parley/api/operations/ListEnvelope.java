package io.parley.api.operations;

import io.parley.api.problem.Answer;
import io.parley.json.JsonBytes;
import java.util.List;
import java.util.Optional;

/** The JSON envelope of every list: a page of entries and the cursor of the next one. */
final class ListEnvelope {
  private ListEnvelope() {}

  /** Where the page begins that {@code input} asks for, in a list that is read as a whole. */
  static int position(String list, Input input) {
    return input
        .optionalText("cursor")
        .map(text -> Cursor.number(Cursor.read(text, list, 1).getFirst()))
        .map(number -> Math.clamp(number, 0, Integer.MAX_VALUE))
        .orElse(0);
  }

  /** The page of {@code all} that begins at {@link #position}. */
  static Answer page(String list, List<? extends JsonBytes.Part> all, int position, Input input) {
    int from = Math.min(position, all.size());
    int end = (int) Math.min(from + input.number("limit"), all.size());
    Optional<Cursor> next =
        end < all.size()
            ? Optional.of(new Cursor(list, List.of(Integer.toString(end))))
            : Optional.empty();
    return Answer.ok(of(all.subList(from, end), next));
  }

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
