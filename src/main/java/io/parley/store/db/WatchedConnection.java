package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.flow.WorkProgress;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipelined connection that is opened when it is first used, and replaced when it ends or does
 * not answer: what is in flight on it fails, and the next statement opens another.
 *
 * <p>The server cancels a statement that takes too long. If it did not even do that, the connection
 * is dead, whatever the state of the database: a load balancer may have dropped it without a word.
 * An idle connection is asked from time to time, so that no request has to find that out. Confined
 * to one event loop.
 */
final class WatchedConnection {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedConnection.class);

  /** One connection on the wire, which has begun to open. */
  private static final class Line {
    final Future<DedicatedConnection> opening;
    final WorkProgress progress = new WorkProgress(System.nanoTime());

    Line(Future<DedicatedConnection> opening) {
      this.opening = opening;
    }

    void end() {
      opening.onSuccess(DedicatedConnection::end);
    }
  }

  private final Supplier<Future<DedicatedConnection>> opener;
  private final Duration maxSilence;
  private final Duration maxIdle;
  private @Nullable Line line;

  /**
   * @param maxSilence the time without any answer after which it is replaced
   * @param maxIdle the time without statements after which it is asked whether it is alive
   */
  WatchedConnection(
      Supplier<Future<DedicatedConnection>> opener, Duration maxSilence, Duration maxIdle) {
    this.opener = opener;
    this.maxSilence = maxSilence;
    this.maxIdle = maxIdle;
  }

  /** Fails with an {@link Outage} that is retryable if no connection can be opened. */
  Future<RowSet<Row>> execute(String sql, Tuple parameters) {
    Line used = line();
    used.progress.begin(System.nanoTime());
    return used.opening
        .compose(open -> open.sql().preparedQuery(sql).execute(parameters))
        .onComplete(
            done -> used.progress.end(System.nanoTime()),
            failure -> {
              used.progress.end(System.nanoTime());
              if (SqlErrors.isLostConnection(failure)) {
                forget(used);
              }
            });
  }

  int underWay() {
    return line == null ? 0 : line.progress.underWay();
  }

  /** Whether it has statements under way, and has answered none for longer than {@code limit}. */
  boolean isSilent(long now, Duration limit) {
    return line != null && line.progress.isStalled(now, limit);
  }

  /** Opens it before it is needed: under load that may take long. */
  void warmUp() {
    execute("select 1", Tuple.tuple());
  }

  /** Replaces it if it is dead; call it from time to time. */
  void check(long now) {
    if (line == null) {
      return;
    }
    if (line.progress.isStalled(now, maxSilence)) {
      LOG.atWarn()
          .addKeyValue("statements", line.progress.underWay())
          .log("Database connection replaced, because it did not answer");
      end();
    } else if (line.progress.isIdle(now, maxIdle)) {
      warmUp();
    }
  }

  /** Ends it, answered or not. */
  void end() {
    if (line != null) {
      line.end();
      line = null;
    }
  }

  private Line line() {
    if (line == null) {
      Line opened = new Line(opener.get());
      line = opened;
      opened
          .opening
          .onSuccess(open -> open.sql().closeHandler(closed -> forget(opened)))
          .onFailure(failure -> forget(opened));
    }
    return line;
  }

  private void forget(Line ended) {
    ended.end();
    if (line == ended) {
      line = null;
    }
  }
}
