package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A write lane: one connection with one batch in flight, while the next batch accumulates.
 *
 * <p>There is no timer: a request to an idle lane is sent at once, as a batch of one, and under
 * load a batch is whatever accumulated during the previous one. A batch that fails is retried one
 * request at a time, so that a bad row fails alone. After a lost connection the batch is sent again
 * on a new one: every request is keyed, so what was committed is found instead of repeated. Never
 * complete a request before its commit, and never report "not done" when it may have been done.
 * Confined to one event loop.
 */
public final class WriteLane<Q, R> {
  // small, so that one batch accumulates and answers while another commits
  private static final int MAX_BATCH = 32;
  private static final int MAX_TRIES = 5;
  private static final int MAX_BUSY = 1;
  private static final long REQUEST_DEADLINE_MS = 6_000;
  private static final long RECONNECT_MS = 50;

  private static final class Pending<Q, R> {
    final Q request;
    final Promise<R> promise = Promise.promise();
    final long deadline;
    int tries;
    int busy;
    boolean sendSeparately;

    /** Whether an earlier attempt may have been committed: its reply was lost. */
    boolean doubtful;

    Pending(Q request, long deadline) {
      this.request = request;
      this.deadline = deadline;
    }

    boolean mustGoSeparately() {
      return sendSeparately || hasToWait();
    }

    /** Whether its conversation was busy so often that it now waits for the lock. */
    boolean hasToWait() {
      return busy > MAX_BUSY;
    }
  }

  private final Vertx vertx;
  private final Database database;
  private final LaneStatement<Q, R> statement;
  private final int maxWaiting;
  private final LongSupplier clock;
  private final Deque<Pending<Q, R>> waiting = new ArrayDeque<>();
  private List<Pending<Q, R>> inFlight = List.of();
  private @Nullable PgConnection connection;
  private boolean connecting;
  private long batchNumber;

  public WriteLane(Vertx vertx, Database database, LaneStatement<Q, R> statement, int maxWaiting) {
    this.vertx = vertx;
    this.database = database;
    this.statement = statement;
    this.maxWaiting = maxWaiting;
    this.clock = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    database.onLost(this::failAll);
  }

  public Future<R> send(Q request) {
    if (!database.isAvailable()) {
      return Future.failedFuture(Outage.unavailable("the database is not available"));
    }
    if (waiting.size() >= maxWaiting) {
      return Future.failedFuture(Outage.unavailable("too many pending writes"));
    }
    Pending<Q, R> pending = new Pending<>(request, clock.getAsLong() + REQUEST_DEADLINE_MS);
    waiting.add(pending);
    sendNextBatch();
    return pending.promise.future();
  }

  private void sendNextBatch() {
    if (!inFlight.isEmpty() || waiting.isEmpty() || connecting) {
      return;
    }
    if (connection == null) {
      connect();
    } else {
      send(connection, takeBatch());
    }
  }

  private void send(PgConnection open, List<Pending<Q, R>> batch) {
    inFlight = batch;
    long number = ++batchNumber;
    boolean wait = batch.getFirst().hasToWait();
    List<Q> requests = batch.stream().map(each -> each.request).toList();
    open.preparedQuery(statement.sql(batch.size()))
        .execute(statement.parameters(requests, wait))
        .onComplete(
            (rows, failure) -> {
              if (batchNumber != number) {
                return; // failAll was faster
              }
              inFlight = List.of();
              if (failure == null) {
                database.noteAnswer();
                completeBatch(batch, rows);
              } else {
                handleFailure(batch, failure);
              }
              sendNextBatch();
            });
  }

  /** As many requests as fit, or a single one that has to be sent separately. */
  private List<Pending<Q, R>> takeBatch() {
    List<Pending<Q, R>> batch = new ArrayList<>();
    while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
      boolean separately = waiting.element().mustGoSeparately();
      if (separately && !batch.isEmpty()) {
        break;
      }
      batch.add(waiting.remove());
      if (separately) {
        break;
      }
    }
    return batch;
  }

  private void completeBatch(List<Pending<Q, R>> batch, RowSet<Row> rows) {
    List<Pending<Q, R>> done = new ArrayList<>(batch.size());
    List<R> results = new ArrayList<>(batch.size());
    List<Pending<Q, R>> busy = new ArrayList<>();
    int i = 0;
    for (Row row : rows) {
      Pending<Q, R> pending = batch.get(i);
      R result = statement.result(pending.request, row, pending.doubtful);
      if (result == null) {
        pending.busy++;
        busy.add(pending);
      } else {
        done.add(pending);
        results.add(result);
      }
      i++;
    }
    statement.committed(done.stream().map(each -> each.request).toList(), results);
    for (int d = 0; d < done.size(); d++) {
      done.get(d).promise.complete(results.get(d));
    }
    retry(busy);
  }

  private void handleFailure(List<Pending<Q, R>> batch, Throwable failure) {
    if (SqlErrors.isLostConnection(failure)) {
      disconnect();
      batch.forEach(each -> each.doubtful = true);
      retry(batch);
    } else if (SqlErrors.isTransient(failure)) {
      batch.forEach(each -> each.tries++);
      batch.stream()
          .filter(each -> each.tries >= MAX_TRIES)
          .forEach(each -> fail(each, SqlErrors.toOutage(failure, false)));
      retry(batch.stream().filter(each -> each.tries < MAX_TRIES).toList());
    } else if (batch.size() == 1) {
      fail(batch.getFirst(), SqlErrors.toOutage(failure, false));
    } else {
      // one of them is bad: send each separately, so that only the bad one fails
      batch.forEach(each -> each.sendSeparately = true);
      retry(batch);
    }
  }

  /** Puts requests back to the head of the queue, in order; those past their deadline fail. */
  private void retry(List<Pending<Q, R>> batch) {
    for (Pending<Q, R> pending : batch.reversed()) {
      if (clock.getAsLong() < pending.deadline) {
        waiting.addFirst(pending);
      } else {
        fail(pending, Outage.unavailable("the database is too busy"));
      }
    }
  }

  // whatever this attempt failed with: what an earlier one may have stored is never "not done"
  private void fail(Pending<Q, R> pending, Throwable failure) {
    if (!pending.doubtful) {
      pending.promise.tryFail(failure);
      return;
    }
    database.reportUnknownOutcome();
    pending.promise.tryFail(
        Outage.outcomeUnknown("the database connection was lost during the request", failure));
  }

  private void connect() {
    connecting = true;
    database
        .connection()
        .onComplete(
            (opened, failure) -> {
              connecting = false;
              if (failure == null) {
                connection = opened;
                opened.closeHandler(closed -> forget(opened));
                sendNextBatch();
              } else {
                vertx.setTimer(RECONNECT_MS, later -> reconnect());
              }
            });
  }

  private void reconnect() {
    List<Pending<Q, R>> all = new ArrayList<>(waiting);
    waiting.clear();
    retry(all);
    sendNextBatch();
  }

  private void forget(PgConnection closed) {
    if (connection == closed) {
      connection = null;
    }
  }

  private void disconnect() {
    PgConnection old = connection;
    connection = null;
    if (old != null) {
      old.close();
    }
  }

  /** The database does not answer: fails every request instead of letting it wait. */
  private void failAll() {
    List<Pending<Q, R>> all = new ArrayList<>(inFlight);
    all.addAll(waiting);
    inFlight.forEach(each -> each.doubtful = true);
    inFlight = List.of();
    batchNumber++;
    waiting.clear();
    disconnect();
    all.forEach(each -> fail(each, Outage.unavailable("the database is not available")));
  }
}
