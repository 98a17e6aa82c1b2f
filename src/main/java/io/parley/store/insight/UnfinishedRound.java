package io.parley.store.insight;

import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The answer of the SQL function {@code find_unfinished}, which explains the states.
 *
 * @param age the seconds since when everything is known to be done, if anything is
 */
record UnfinishedRound(State state, List<Long> conversations, Optional<Double> age) {
  enum State {
    BUSY,
    WAITING,
    FOUND,
    SCANNING,
    COMPLETE
  }

  static final String SQL =
      "select state, conversations, age from find_unfinished($1, $2, $3, make_interval(secs => $4), $5)";

  static UnfinishedRound of(Row row) {
    return new UnfinishedRound(
        State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        conversations(row, "conversations"),
        Optional.ofNullable(row.getDouble("age")));
  }

  static List<Long> conversations(Row row, String column) {
    Long[] found = row.getArrayOfLongs(column);
    return found == null ? List.of() : List.of(found);
  }
}
