package io.parley.api.operations;

import io.parley.conversation.ConversationVerbs.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Cursors of lists that are ordered by time, and by id within the same microsecond. */
final class TimeCursor {
  private TimeCursor() {}

  /** The cursor of {@code list} that goes on after the entry {@code id} of {@code at}. */
  static Cursor of(String list, Instant at, long id) {
    long micros = at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
    return new Cursor(list, List.of(Long.toString(micros), Long.toString(id)));
  }

  /** The position that the cursor of a request names in {@code list}; empty without a cursor. */
  static Optional<Position> read(Input input, String list) {
    return input
        .optionalText("cursor")
        .map(text -> Cursor.read(text, list, 2))
        .map(
            parts -> {
              long micros = Cursor.number(parts.get(0));
              Instant at =
                  Instant.ofEpochSecond(
                      Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000);
              return new Position(at, Cursor.number(parts.get(1)));
            });
  }
}
