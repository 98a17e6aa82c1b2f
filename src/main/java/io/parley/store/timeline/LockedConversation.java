package io.parley.store.timeline;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/**
 * A conversation whose row this transaction has locked. Every change that takes a rev locks first
 * and decides in a later statement: a single statement that waits for the row would go on with the
 * snapshot from before it waited.
 */
public record LockedConversation(
    String kind, Optional<String> name, Optional<Long> owner, long rev) {

  /** Empty when there is no such conversation. Found by the primary key. */
  public static Future<Optional<LockedConversation>> lock(SqlConnection connection, long id) {
    return connection
        .preparedQuery(
            "select kind, name, owner, rev from conversation where id = $1 for no key update")
        .execute(Tuple.of(id))
        .map(rows -> rows.size() == 0 ? Optional.empty() : Optional.of(of(rows.iterator().next())));
  }

  private static LockedConversation of(Row row) {
    return new LockedConversation(
        row.getString("kind"),
        Optional.ofNullable(row.getString("name")),
        Optional.ofNullable(row.getLong("owner")),
        row.getLong("rev"));
  }
}
