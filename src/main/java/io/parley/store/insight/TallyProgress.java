package io.parley.store.insight;

import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.function.Function;

/**
 * How far the tallies have come, in the snapshot of a connection.
 *
 * @param hoursSince the oldest hour whose tallies are kept
 * @param completeUntil the time before which every message is tallied, if it is recent
 */
record TallyProgress(int hoursSince, Optional<OffsetDateTime> completeUntil) {
  /** Runs a statement in the snapshot in which the progress was read that it depends on. */
  static Future<RowSet<Row>> query(
      Database database,
      Function<TallyProgress, String> sql,
      Function<TallyProgress, Tuple> parameters) {
    return database.snapshot(
        connection ->
            connection
                .preparedQuery(TallySql.PROGRESS)
                .execute()
                .map(rows -> of(rows.iterator().next()))
                .compose(
                    progress ->
                        connection
                            .preparedQuery(sql.apply(progress))
                            .execute(parameters.apply(progress))));
  }

  private static TallyProgress of(Row row) {
    return new TallyProgress(
        row.getInteger("since"), Optional.ofNullable(row.getOffsetDateTime("complete_until")));
  }

  boolean isCaughtUp() {
    return completeUntil.isPresent();
  }
}
