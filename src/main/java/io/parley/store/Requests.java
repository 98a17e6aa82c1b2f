package io.parley.store;

import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.identity.Party;
import io.parley.identity.RequestKey;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Requests that were accepted under a key: the same one again finds what the first one made, in the
 * same transaction.
 */
final class Requests {
  /** What an operation makes: by which number it is remembered, and told again. */
  record Kind<T>(String operation, ToLongFunction<T> number, LongFunction<Future<T>> again) {}

  private static final Kind<Opened> CONVERSATION =
      new Kind<>(
          "createConversation",
          Opened::conversation,
          id -> Future.succeededFuture(new Opened(id, false, true)));

  private Requests() {}

  static Future<Opened> once(
      SqlConnection connection,
      Party caller,
      Optional<RequestKey> key,
      Supplier<Future<Opened>> work) {
    return once(connection, CONVERSATION, caller.id(), key, work);
  }

  static <T> Future<T> once(
      SqlConnection connection,
      Kind<T> kind,
      long caller,
      Optional<RequestKey> key,
      Supplier<Future<T>> work) {
    return key.isEmpty() ? work.get() : once(connection, kind, caller, key.get(), work);
  }

  private static <T> Future<T> once(
      SqlConnection connection,
      Kind<T> kind,
      long caller,
      RequestKey key,
      Supplier<Future<T>> work) {
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
                    ? work.get().compose(made -> remembered(connection, kind, caller, key, made))
                    : repeated(rows.iterator().next(), kind, key));
  }

  private static <T> Future<T> repeated(Row row, Kind<T> kind, RequestKey key) {
    boolean same =
        row.getString("operation").equals(kind.operation())
            && row.getUUID("request").equals(key.request());
    return same
        ? kind.again().apply(row.getLong("result"))
        : Future.failedFuture(new Undone(Refusal.KEY_REUSED));
  }

  private static <T> Future<T> remembered(
      SqlConnection connection, Kind<T> kind, long caller, RequestKey key, T made) {
    String sql =
        """
        insert into request (caller, key, operation, request, result) values ($1, $2, $3, $4, $5)
        on conflict do nothing
        """;
    return connection
        .preparedQuery(sql)
        .execute(
            Tuple.of(
                caller,
                key.key(),
                kind.operation(),
                key.request(),
                kind.number().applyAsLong(made)))
        .map(
            rows -> {
              // sends take no lock for their keys
              if (rows.rowCount() == 0) {
                throw new Undone(Refusal.KEY_REUSED);
              }
              return made;
            });
  }
}
