package io.parley.store.db;

import io.parley.flow.ConcurrencyLimit;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few connections, each used by one request at a time; further requests wait. A request that the
 * server neither answers nor cancels in time fails, and its connection ends with it. Only the use
 * of a connection is timed: the wait for one says nothing about the database. Confined to one event
 * loop.
 */
final class ConnectionPool {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPool.class);

  /**
   * The bounds of a pool.
   *
   * @param maxWait how long a request may wait for a connection
   * @param maxUse how long a request may use one
   * @param maxIdle the time without use after which a connection is asked whether it is alive
   */
  record Bounds(
      int connections, int maxWaiting, Duration maxWait, Duration maxUse, Duration maxIdle) {}

  private record Idle(DedicatedConnection connection, long since) {}

  private final Vertx vertx;
  private final Bounds bounds;
  private final Supplier<Future<DedicatedConnection>> opener;
  private final ConcurrencyLimit limit;
  private final Deque<Idle> idle = new ArrayDeque<>();
  private final Set<DedicatedConnection> open = new HashSet<>();

  ConnectionPool(Vertx vertx, Bounds bounds, Supplier<Future<DedicatedConnection>> opener) {
    this.vertx = vertx;
    this.bounds = bounds;
    this.opener = opener;
    this.limit = new ConcurrencyLimit(bounds.connections(), bounds.maxWaiting());
  }

  /** Runs {@code request}, which leaves no transaction open. */
  <R> Future<R> use(Function<PgConnection, Future<R>> request) {
    return limit.enter(() -> connection().compose(connection -> use(connection, request)));
  }

  /** Runs {@code statements}, all or nothing. */
  <R> Future<R> inTransaction(Function<SqlConnection, Future<R>> statements) {
    return use(
        connection ->
            connection
                .begin()
                .compose(
                    transaction ->
                        Future.succeededFuture()
                            .compose(begun -> statements.apply(connection))
                            .compose(
                                result -> transaction.commit().map(result),
                                failure -> rollBack(transaction, failure))));
  }

  private static <R> Future<R> rollBack(Transaction transaction, Throwable failure) {
    return transaction.rollback().transform((done, alsoFailed) -> Future.failedFuture(failure));
  }

  /**
   * Refuses requests that have waited too long, and asks idle connections whether they are alive;
   * call it from time to time.
   */
  void check(long now) {
    limit.refuseOverdue(bounds.maxWait());
    while (!idle.isEmpty() && now - idle.element().since() > bounds.maxIdle().toNanos()) {
      use(idle.remove().connection(), connection -> connection.query("select 1").execute());
    }
  }

  /** Ends all connections, answered or not. */
  void end() {
    idle.clear();
    List.copyOf(open).forEach(this::end);
  }

  private Future<DedicatedConnection> connection() {
    Idle free = idle.pollLast();
    return free == null
        ? opener.get().onSuccess(this::opened)
        : Future.succeededFuture(free.connection());
  }

  private void opened(DedicatedConnection connection) {
    open.add(connection);
    connection.sql().closeHandler(closed -> end(connection));
  }

  private <R> Future<R> use(
      DedicatedConnection connection, Function<PgConnection, Future<R>> request) {
    Promise<R> promise = Promise.promise();
    long timer = vertx.setTimer(bounds.maxUse().toMillis(), overdue -> giveUp(connection, promise));
    Future.succeededFuture()
        .compose(start -> request.apply(connection.sql()))
        .onComplete(
            (result, failure) -> {
              vertx.cancelTimer(timer);
              giveBack(connection);
              if (failure == null) {
                promise.tryComplete(result);
              } else {
                promise.tryFail(failure);
              }
            });
    return promise.future();
  }

  private void giveUp(DedicatedConnection connection, Promise<?> promise) {
    LOG.atWarn().log("Database connection ended, because it did not answer");
    end(connection);
    promise.tryFail(new VertxException("the database connection did not answer", true));
  }

  private void giveBack(DedicatedConnection connection) {
    if (connection.sql().transaction() != null || idle.size() >= bounds.connections()) {
      end(connection);
    } else if (open.contains(connection)) {
      idle.add(new Idle(connection, System.nanoTime()));
    }
  }

  private void end(DedicatedConnection connection) {
    open.remove(connection);
    idle.removeIf(each -> each.connection().equals(connection));
    connection.end();
  }
}
