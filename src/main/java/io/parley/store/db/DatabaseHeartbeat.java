package io.parley.store.db;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeoutException;

/**
 * Asks the database whether it is there and accepts writes, on a connection of its own: behind a
 * slow statement it would mistake a busy database for a lost one.
 *
 * <p>If the connection itself is dead, a new one takes its place: the question is asked again while
 * half of the time is left. Confined to one event loop.
 */
final class DatabaseHeartbeat {
  // true on a standby, and where transactions are read-only by default
  private static final String IS_READ_ONLY =
      "select current_setting('transaction_read_only')::bool";

  private final Vertx vertx;
  private final WatchedConnection connection;
  private final long timeoutMs;

  DatabaseHeartbeat(Vertx vertx, WatchedConnection connection, long timeoutMs) {
    this.vertx = vertx;
    this.connection = connection;
    this.timeoutMs = timeoutMs;
  }

  /** Whether the database is read-only; fails if it does not answer in time. */
  Future<Boolean> isReadOnly() {
    Promise<Boolean> answer = Promise.promise();
    long half = vertx.setTimer(timeoutMs / 2, silent -> askAgain(answer));
    long end =
        vertx.setTimer(
            timeoutMs, silent -> answer.tryFail(new TimeoutException("no answer to a heartbeat")));
    ask()
        .onComplete(
            answer::tryComplete,
            failure -> {
              if (vertx.cancelTimer(half)) {
                askAgain(answer);
              }
            });
    return answer
        .future()
        .onComplete(
            done -> {
              vertx.cancelTimer(half);
              vertx.cancelTimer(end);
            });
  }

  private void askAgain(Promise<Boolean> answer) {
    reconnect();
    ask().onComplete(answer::tryComplete, answer::tryFail);
  }

  /** Asks the next question on a new connection, which may lead to another server. */
  void reconnect() {
    connection.end();
  }

  private Future<Boolean> ask() {
    return connection
        .execute(IS_READ_ONLY, Tuple.tuple())
        .map(rows -> rows.iterator().next().getBoolean(0));
  }
}
