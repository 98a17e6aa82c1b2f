package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.settings.DatabaseSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Access to PostgreSQL: reads, writes and transactions, each with a bound on how long it may take.
 *
 * <p>A heartbeat checks twice a second whether the database answers, on a connection of its own,
 * because behind a slow statement it would mistake a busy database for a lost one. While the
 * database is lost, new requests fail at once, pending ones are failed, and all connections are
 * replaced, because they may hang for as long as the network lets them. Confined to the event loop
 * of the verticle that created it.
 */
public final class Database {
  /**
   * A condition that is always true, and makes the transaction not wait for the disk. Use it for
   * what a later commit vouches for, which waits for everything before it, and for what may be lost
   * in a crash of the machine.
   */
  public static final String ASYNC_COMMIT = "set_config('synchronous_commit', 'off', true) = 'off'";

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final long HEARTBEAT_MS = 500;
  private static final long HEARTBEAT_TIMEOUT_MS = 1_200;
  private static final long LOOP_DELAY_MS = 300;
  private static final long RECONNECT_DELAY_MS = 20;
  private static final long OVERDUE_GRACE_MS = 2_000;
  private static final int MAX_TRIES = 4;

  // longer than any request may take, waiting and retries included
  private static final Duration MAX_REQUEST_AGE = Duration.ofSeconds(60);

  private record PendingRequest(Promise<?> promise, boolean writes, long startedAt) {
    void fail(String reason, Throwable cause) {
      promise.tryFail(
          writes ? Outage.outcomeUnknown(reason, cause) : Outage.unavailable(reason, cause));
    }
  }

  private final Vertx vertx;
  private final DatabaseSettings settings;
  private final DatabaseAddress address;
  private final Set<PendingRequest> pending = new HashSet<>();
  private final List<Runnable> lostListeners = new ArrayList<>();
  private final List<Consumer<Duration>> unknownOutcomeListeners = new ArrayList<>();
  private DatabaseConnections connections;
  private long lastAnswerAt = System.nanoTime();
  private long lostAt;
  private boolean available = true;
  private boolean heartbeatPending;
  private boolean closed;

  public Database(Vertx vertx, DatabaseSettings settings, DatabaseAddress address) {
    this.vertx = vertx;
    this.settings = settings;
    this.address = address;
    this.connections = new DatabaseConnections(vertx, settings, address);
    connections.reads().warmUp();
    vertx.setPeriodic(HEARTBEAT_MS, tick -> beat());
  }

  /** Runs one statement that changes nothing. */
  public Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return guarded(() -> connections.reads().execute(sql, parameters), false);
  }

  /** Runs one statement as a transaction of its own. */
  public Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return guarded(
        () ->
            retryTransient(
                MAX_TRIES, () -> connections.transactions().preparedQuery(sql).execute(parameters)),
        true);
  }

  /**
   * Runs several statements, all or nothing; retried after a deadlock. If the reply to the commit
   * is lost, the database is asked what became of it.
   */
  public <R> Future<R> transaction(Function<SqlConnection, Future<R>> statements) {
    return guarded(() -> retryTransient(MAX_TRIES, () -> commit(statements)), true);
  }

  private <R> Future<R> commit(Function<SqlConnection, Future<R>> statements) {
    return new CheckedCommit(vertx, connections.transactions()).run(statements);
  }

  /** Runs several statements that change nothing and share one snapshot. */
  public <R> Future<R> snapshot(Function<SqlConnection, Future<R>> statements) {
    return guarded(
        () -> retryBroken(settings.writeConnections(), () -> inSnapshot(statements)), false);
  }

  private <R> Future<R> inSnapshot(Function<SqlConnection, Future<R>> statements) {
    String begin = "set transaction isolation level repeatable read, read only";
    return connections
        .transactions()
        .withTransaction(
            connection ->
                connection.query(begin).execute().compose(begun -> statements.apply(connection)));
  }

  // every connection of the pool may have ended unnoticed since its last use; so a read is retried
  // once for each, after the pool has had a moment to notice
  private <R> Future<R> retryBroken(int retries, Supplier<Future<R>> read) {
    return read.get()
        .recover(
            failure ->
                available && retries > 0 && SqlErrors.isBrokenConnection(failure)
                    ? vertx
                        .timer(RECONNECT_DELAY_MS, TimeUnit.MILLISECONDS)
                        .compose(later -> retryBroken(retries - 1, read))
                    : Future.failedFuture(failure));
  }

  private <R> Future<R> retryTransient(int tries, Supplier<Future<R>> write) {
    return write
        .get()
        .recover(
            failure ->
                tries > 1 && SqlErrors.isTransient(failure)
                    ? retryTransient(tries - 1, write)
                    : Future.failedFuture(failure));
  }

  /**
   * A connection for one owner, outside the pools. It is closed when the database is lost, which
   * fails whatever its owner waits for.
   */
  Future<PgConnection> connection() {
    return connections
        .dedicated()
        .recover(failure -> Future.failedFuture(SqlErrors.toOutage(failure, false)));
  }

  /** Calls {@code listener} whenever the database stops answering. */
  void onLost(Runnable listener) {
    lostListeners.add(listener);
  }

  /**
   * Calls {@code listener} whenever something may have been committed whose events were not
   * published, with the time since the oldest of these commits.
   */
  public void onUnknownOutcome(Consumer<Duration> listener) {
    unknownOutcomeListeners.add(listener);
  }

  /** Something may have been committed whose events were not published. */
  public void reportUnknownOutcome() {
    reportUnknownOutcome(MAX_REQUEST_AGE);
  }

  private void reportUnknownOutcome(Duration age) {
    unknownOutcomeListeners.forEach(each -> each.accept(age));
  }

  public boolean isAvailable() {
    return available;
  }

  public Future<Void> close() {
    closed = true;
    return connections.close();
  }

  /** Runs a request that is failed when the database is lost meanwhile. */
  <R> Future<R> guarded(Supplier<Future<R>> request, boolean writes) {
    if (!available) {
      return Future.failedFuture(Outage.unavailable("the database is not available"));
    }
    Promise<R> promise = Promise.promise();
    PendingRequest guard = new PendingRequest(promise, writes, System.nanoTime());
    pending.add(guard);
    request
        .get()
        .onComplete(
            (result, failure) -> {
              pending.remove(guard);
              if (failure == null) {
                noteAnswer();
                promise.tryComplete(result);
              } else {
                promise.tryFail(outage(failure, writes));
              }
            });
    return promise.future();
  }

  private Throwable outage(Throwable failure, boolean writes) {
    Throwable outage = SqlErrors.toOutage(failure, writes);
    if (outage instanceof Outage known && known.kind() == Outage.Kind.OUTCOME_UNKNOWN) {
      reportUnknownOutcome();
    }
    return outage;
  }

  private void beat() {
    if (heartbeatPending || closed) {
      return;
    }
    if (isAnyOverdue()) {
      setLost(new TimeoutException("a statement was not answered in time"));
      return;
    }
    heartbeatPending = true;
    long began = System.nanoTime();
    connections
        .heartbeat()
        .query("select 1")
        .execute()
        .timeout(HEARTBEAT_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .onComplete(
            (answered, failure) -> {
              heartbeatPending = false;
              if (failure == null) {
                setAvailable();
              } else if (!closed && !mayBeAlive(began)) {
                setLost(failure);
              }
            });
  }

  // a database that answers others is busy, not lost; and if this event loop was blocked, the
  // answer may be waiting unread, so the next heartbeat decides
  private boolean mayBeAlive(long began) {
    long timeout = TimeUnit.MILLISECONDS.toNanos(HEARTBEAT_TIMEOUT_MS + LOOP_DELAY_MS);
    return lastAnswerAt - began > 0 || System.nanoTime() - began > timeout;
  }

  /** Notes that the database has answered something. */
  void noteAnswer() {
    lastAnswerAt = System.nanoTime();
  }

  // the server cancels a statement that takes too long; if it did not even do that, the connection
  // is dead
  private boolean isAnyOverdue() {
    long timeout = settings.statementTimeout().toMillis() + OVERDUE_GRACE_MS;
    long oldest = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(timeout);
    return pending.stream().anyMatch(each -> each.startedAt() - oldest < 0);
  }

  private void setAvailable() {
    if (!available) {
      available = true;
      LOG.atInfo().log("Database available again");
      connections.reads().warmUp();
      reportUnknownOutcome(MAX_REQUEST_AGE.plusNanos(System.nanoTime() - lostAt));
    }
  }

  private void setLost(Throwable cause) {
    if (available) {
      available = false;
      lostAt = System.nanoTime();
      LOG.atWarn()
          .addKeyValue("reason", String.valueOf(cause.getMessage()))
          .log("Database not available");
    }
    Set<PendingRequest> failed = new HashSet<>(pending);
    pending.clear();
    failed.forEach(each -> each.fail("the database connection was lost during the request", cause));
    lostListeners.forEach(Runnable::run);
    connections.abandon();
    connections = new DatabaseConnections(vertx, settings, address);
  }
}
