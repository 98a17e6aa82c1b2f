package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that finds out what became of it when the reply to its commit is lost: the caller
 * then gets the ordinary answer, and the events are published. The outcome stays unknown only if
 * the database cannot be asked either.
 */
final class CheckedCommit {
  private static final String ID = "select pg_current_xact_id()::text as id";
  private static final String STATUS = "select pg_xact_status($1::text::xid8) as status";
  private static final long ASK_AGAIN_MS = 50;
  private static final int MAX_QUESTIONS = 20;

  private final Vertx vertx;
  private final ConnectionPool pool;

  CheckedCommit(Vertx vertx, ConnectionPool pool) {
    this.vertx = vertx;
    this.pool = pool;
  }

  /** A transaction that has done everything but commit. */
  private record Ready<R>(String id, R result) {}

  /** Set when the transaction is about to commit. */
  private static final class Attempt<R> {
    @Nullable Ready<R> ready;
  }

  <R> Future<R> run(Function<SqlConnection, Future<R>> statements) {
    Attempt<R> attempt = new Attempt<>();
    return pool.inTransaction(connection -> prepare(connection, statements, attempt))
        .recover(
            failure -> {
              Ready<R> ready = attempt.ready;
              return ready != null && SqlErrors.isLostConnection(failure)
                  ? resolve(ready, failure, MAX_QUESTIONS)
                  : Future.failedFuture(failure);
            });
  }

  // the id is asked for in the same flight as the first statement
  private static <R> Future<R> prepare(
      SqlConnection connection, Function<SqlConnection, Future<R>> statements, Attempt<R> attempt) {
    Future<String> id =
        connection.query(ID).execute().map(rows -> rows.iterator().next().getString("id"));
    return statements
        .apply(connection)
        .compose(
            result ->
                id.map(
                    known -> {
                      attempt.ready = new Ready<>(known, result);
                      return result;
                    }));
  }

  private <R> Future<R> resolve(Ready<R> ready, Throwable lost, int questions) {
    return status(ready.id())
        // that the database cannot be asked says nothing about the commit
        .recover(failure -> Future.failedFuture(lost))
        .compose(
            status ->
                switch (status.orElse("")) {
                  case "committed" -> Future.succeededFuture(ready.result());
                  case "aborted" ->
                      Future.failedFuture(
                          Outage.unavailable("the connection was lost before the commit", lost));
                  case "in progress" -> Future.failedFuture(lost);
                  default -> Future.failedFuture(unknown(lost));
                })
        .recover(
            failure ->
                failure instanceof Outage || questions <= 1
                    ? Future.failedFuture(failure instanceof Outage ? failure : unknown(lost))
                    : vertx
                        .timer(ASK_AGAIN_MS, TimeUnit.MILLISECONDS)
                        .compose(later -> resolve(ready, lost, questions - 1)));
  }

  private Future<Optional<String>> status(String id) {
    return pool.use(connection -> connection.preparedQuery(STATUS).execute(Tuple.of(id)))
        .map(rows -> Optional.ofNullable(rows.iterator().next().getString("status")));
  }

  private static Outage unknown(Throwable lost) {
    return Outage.outcomeUnknown("the database connection was lost during the commit", lost);
  }
}
