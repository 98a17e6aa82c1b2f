package io.parley.store.db;

import io.parley.identity.RequestKey;
import io.parley.identity.RequestKind;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Requests that were accepted under a caller's key. A repeated request finds what the first one
 * made, in the same transaction. A key that was used for another request fails with {@link
 * ReusedKey}. Every statement looks up by the primary key of request: (caller, key).
 */
public final class AcceptedRequests {
  // released at the end of the transaction, so requests under one key are decided one by one
  private static final String LOCK_KEY = "select pg_advisory_xact_lock(hashtextextended($1, $2))";
  private static final String FIND =
      "select operation, request, result, file from request where caller = $1 and key = $2";
  private static final String INSERT =
      """
      insert into request (caller, key, operation, request, result, file) values ($1, $2, $3, $4, $5, $6)
      on conflict do nothing
      """;

  // by request_created
  private static final String DELETE_OLD =
      """
      delete from request where ctid = any (array(
        select r.ctid from request r where r.created_at < clock_timestamp() - interval '30 days'
        order by r.created_at limit 1000))
      """;

  /** How to remember what a kind of request makes by its id, and how to answer with it again. */
  public record Replay<T>(RequestKind kind, ToLongFunction<T> id, LongFunction<Future<T>> again) {}

  /** What an earlier request made: something with a number, or a file. */
  public record Made(@Nullable Long id, @Nullable UUID file) {}

  private AcceptedRequests() {}

  /** Does {@code work} unless it was done under this key before; then answers the same again. */
  public static <T> Future<T> once(
      SqlConnection connection,
      Replay<T> replay,
      long caller,
      Optional<RequestKey> key,
      Supplier<Future<T>> work) {
    return key.isEmpty() ? work.get() : once(connection, replay, caller, key.get(), work);
  }

  private static <T> Future<T> once(
      SqlConnection connection,
      Replay<T> replay,
      long caller,
      RequestKey key,
      Supplier<Future<T>> work) {
    return find(connection, caller, replay.kind(), key)
        .compose(
            earlier ->
                earlier.isPresent()
                    ? replay.again().apply(Objects.requireNonNull(earlier.get().id()))
                    : work.get().compose(made -> remember(connection, replay, caller, key, made)));
  }

  private static <T> Future<T> remember(
      SqlConnection connection, Replay<T> replay, long caller, RequestKey key, T made) {
    Made number = new Made(replay.id().applyAsLong(made), null);
    return remember(connection, caller, replay.kind(), key, number).map(made);
  }

  /**
   * What the first request under this key made; empty if this is the first. Until the transaction
   * ends, others that use the key wait.
   */
  public static Future<Optional<Made>> find(
      SqlConnection connection, long caller, RequestKind kind, RequestKey key) {
    return connection
        .preparedQuery(LOCK_KEY)
        .execute(Tuple.of(key.key(), caller))
        .compose(locked -> connection.preparedQuery(FIND).execute(Tuple.of(caller, key.key())))
        .map(
            rows ->
                rows.size() == 0
                    ? Optional.empty()
                    : Optional.of(made(rows.iterator().next(), kind, key)));
  }

  private static Made made(Row row, RequestKind kind, RequestKey key) {
    boolean same =
        row.getString("operation").equals(kind.text())
            && row.getUUID("request").equals(key.request());
    if (!same) {
      throw new ReusedKey();
    }
    return new Made(row.getLong("result"), row.getUUID("file"));
  }

  /** Remembers what the first request under this key made. */
  public static Future<Void> remember(
      SqlConnection connection, long caller, RequestKind kind, RequestKey key, Made made) {
    return connection
        .preparedQuery(INSERT)
        .execute(Tuple.of(caller, key.key(), kind.text(), key.request(), made.id(), made.file()))
        .map(
            rows -> {
              // sends store their key without taking the lock
              if (rows.rowCount() == 0) {
                throw new ReusedKey();
              }
              return null;
            });
  }

  /** Forgets requests of more than thirty days ago; returns how many. */
  public static Future<Integer> sweep(Database database) {
    return database.write(DELETE_OLD, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
