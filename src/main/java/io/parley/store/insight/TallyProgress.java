package io.parley.store.insight;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * How far the tallies have come, in the snapshot of a connection.
 *
 * @param hoursSince the oldest hour whose tallies are kept
 * @param completeUntil the time before which every message is tallied, if it is recent
 */
record TallyProgress(int hoursSince, Optional<OffsetDateTime> completeUntil) {
  static Future<TallyProgress> read(SqlConnection connection) {
    return connection
        .preparedQuery(TallySql.PROGRESS)
        .execute()
        .map(rows -> of(rows.iterator().next()));
  }

  private static TallyProgress of(Row row) {
    return new TallyProgress(
        row.getInteger("since"), Optional.ofNullable(row.getOffsetDateTime("complete_until")));
  }
}
