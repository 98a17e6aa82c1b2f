package io.parley.store;

import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.conversation.ConversationVerbs.RequestKey;
import io.parley.identity.Party;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Requests that were accepted under a key: the same one again finds what the first one made, in the
 * same transaction.
 */
final class Requests {
  private static final String OPERATION = "createConversation";

  private Requests() {}

  static Future<Opened> once(
      SqlConnection connection,
      Party caller,
      Optional<RequestKey> key,
      Supplier<Future<Opened>> work) {
    return key.isEmpty() ? work.get() : once(connection, caller.id(), key.get(), work);
  }

  private static Future<Opened> once(
      SqlConnection connection, long caller, RequestKey key, Supplier<Future<Opened>> work) {
    return connection
        .preparedQuery("select pg_advisory_xact_lock(hashtextextended($1, $2))")
        .execute(Tuple.of(key.key(), caller))
        .compose(
            locked ->
                connection
                    .preparedQuery(
                        "select operation, request, result from request where caller = $1 and key = $2")
                    .execute(Tuple.of(caller, key.key())))
        .compose(
            rows ->
                rows.size() == 0
                    ? work.get().compose(opened -> remembered(connection, caller, key, opened))
                    : repeated(rows.iterator().next(), key));
  }

  private static Future<Opened> repeated(Row row, RequestKey key) {
    boolean same =
        row.getString("operation").equals(OPERATION)
            && row.getUUID("request").equals(key.request());
    return same
        ? Future.succeededFuture(new Opened(row.getLong("result"), false, true))
        : Future.failedFuture(new Undone(Refusal.KEY_REUSED));
  }

  private static Future<Opened> remembered(
      SqlConnection connection, long caller, RequestKey key, Opened opened) {
    String sql =
        "insert into request (caller, key, operation, request, result) values ($1, $2, $3, $4, $5)";
    return connection
        .preparedQuery(sql)
        .execute(Tuple.of(caller, key.key(), OPERATION, key.request(), opened.conversation()))
        .map(opened);
  }
}
