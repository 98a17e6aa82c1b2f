package io.parley.store.db;

import io.parley.conversation.ConversationVerbs.Opened;
import io.parley.identity.Party;
import io.parley.identity.RequestKey;
import io.parley.timeline.Refusal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests that were accepted under a key: the same one again finds what the first one made, in the
 * same transaction.
 */
public final class AcceptedRequests {
  /** What an operation makes: by which number it is remembered, and told again. */
  public record Kind<T>(
      String operation, ToLongFunction<T> number, LongFunction<Future<T>> again) {}

  private static final Kind<Opened> CONVERSATION =
      new Kind<>(
          "createConversation",
          Opened::conversation,
          id -> Future.succeededFuture(new Opened(id, false, true)));

  private AcceptedRequests() {}

  public static Future<Opened> once(
      SqlConnection connection,
      Party caller,
      Optional<RequestKey> key,
      Supplier<Future<Opened>> work) {
    return once(connection, CONVERSATION, caller.id(), key, work);
  }

  public static <T> Future<T> once(
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
    return before(connection, caller, kind.operation(), key)
        .compose(
            before ->
                before.isPresent()
                    ? kind.again().apply(before.get().getLong("result"))
                    : work.get()
                        .compose(
                            made ->
                                remember(
                                        connection,
                                        caller,
                                        kind.operation(),
                                        key,
                                        kind.number().applyAsLong(made),
                                        null)
                                    .map(made)));
  }

  /**
   * What the first request under this key made, a {@code result} or a {@code file}; nothing if this
   * is the first. The key is nobody else's until the transaction ends.
   */
  public static Future<Optional<Row>> before(
      SqlConnection connection, long caller, String operation, RequestKey key) {
    return connection
        .preparedQuery("select pg_advisory_xact_lock(hashtextextended($1, $2))")
        .execute(Tuple.of(key.key(), caller))
        .compose(
            locked ->
                connection
                    .preparedQuery(
                        "select operation, request, result, file from request where caller = $1 and key = $2")
                    .execute(Tuple.of(caller, key.key())))
        .map(
            rows ->
                rows.size() == 0
                    ? Optional.empty()
                    : Optional.of(same(rows.iterator().next(), operation, key)));
  }

  private static Row same(Row row, String operation, RequestKey key) {
    if (row.getString("operation").equals(operation)
        && row.getUUID("request").equals(key.request())) {
      return row;
    }
    throw new RefusedTransaction(Refusal.KEY_REUSED);
  }

  public static Future<Void> remember(
      SqlConnection connection,
      long caller,
      String operation,
      RequestKey key,
      @Nullable Long result,
      @Nullable UUID file) {
    String sql =
        """
        insert into request (caller, key, operation, request, result, file) values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
        """;
    return connection
        .preparedQuery(sql)
        .execute(Tuple.of(caller, key.key(), operation, key.request(), result, file))
        .map(
            rows -> {
              // sends take no lock for their keys
              if (rows.rowCount() == 0) {
                throw new RefusedTransaction(Refusal.KEY_REUSED);
              }
              return rows;
            })
        .mapEmpty();
  }
}
