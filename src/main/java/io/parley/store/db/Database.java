package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.settings.DatabaseSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Access to PostgreSQL: reads, writes and transactions, each with a bound on how long it may take.
 *
 * <p>A slow statement says nothing about the database, and a connection that does not answer is
 * replaced alone ({@link DatabaseConnections}). When the database itself is lost ({@link
 * Availability}), new requests fail at once, pending ones are failed, and all connections are
 * replaced, because they may hang for as long as the network lets them. A database that has become
 * read-only still serves reads. Confined to the event loop of the verticle that created it.
 */
public final class Database {
  /**
   * A condition that is always true, and makes the transaction not wait for the disk. Use it for
   * what a later commit vouches for, which waits for everything before it, and for what may be lost
   * in a crash of the machine.
   */
  public static final String ASYNC_COMMIT = "set_config('synchronous_commit', 'off', true) = 'off'";

  private static final long RETRY_PAUSE_MS = 20;
  private static final int MAX_TRIES = 4;

  // longer than any request may take, waiting and retries included
  private static final Duration MAX_REQUEST_AGE = Duration.ofSeconds(60);

  private record PendingRequest(Promise<?> promise, boolean writes) {
    void fail(String reason, Throwable cause) {
      promise.tryFail(
          writes ? Outage.outcomeUnknown(reason, cause) : Outage.unavailable(reason, cause));
    }
  }

  private final Vertx vertx;
  private final int maxBroken;
  private final DatabaseConnections connections;
  private final Availability availability;
  private final Set<PendingRequest> pending = new HashSet<>();
  private final List<Consumer<Duration>> unknownOutcomeListeners = new ArrayList<>();

  public Database(Vertx vertx, DatabaseSettings settings, DatabaseAddress address) {
    this(vertx, settings, address, Map.of());
  }

  /** {@code parameters} are set on every connection, for the functions of the schema. */
  public Database(
      Vertx vertx,
      DatabaseSettings settings,
      DatabaseAddress address,
      Map<String, String> parameters) {
    this.vertx = vertx;
    this.maxBroken =
        Math.max(settings.limits().readConnections(), settings.limits().writeConnections());
    this.connections = new DatabaseConnections(vertx, settings, address, parameters);
    this.availability =
        new Availability(vertx, connections, settings.timeouts().heartbeat().toMillis());
    availability.onLost(this::failPending);
    availability.onRecovery(age -> reportUnknownOutcome(MAX_REQUEST_AGE.plus(age)));
    connections.reads().warmUp();
  }

  /** Runs one statement that changes nothing, looks up by key and so answers quickly. */
  public Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return reading(() -> connections.reads().execute(sql, parameters));
  }

  /** Runs one statement that changes nothing and that nothing may delay. */
  public Future<RowSet<Row>> urgentRead(String sql, Tuple parameters) {
    return reading(() -> connections.urgent().execute(sql, parameters));
  }

  /**
   * Runs one statement that nothing may delay, and that is harmless to repeat: it is repeated when
   * its reply is lost, so its outcome is of no concern.
   */
  public Future<RowSet<Row>> urgentWrite(String sql, Tuple parameters) {
    return urgentRead(sql, parameters);
  }

  /**
   * Runs one statement that changes nothing and may take long. Few of them run at a time, and
   * nothing else waits for them.
   */
  public Future<RowSet<Row>> heavyRead(String sql, Tuple parameters) {
    return reading(
        () ->
            connections
                .heavy()
                .use(connection -> connection.preparedQuery(sql).execute(parameters)));
  }

  /** Runs several statements that change nothing and share one snapshot, as a heavy read. */
  public <R> Future<R> snapshot(Function<SqlConnection, Future<R>> statements) {
    String begin = "set transaction isolation level repeatable read, read only";
    return reading(
        () ->
            connections
                .heavy()
                .inTransaction(
                    connection ->
                        connection
                            .query(begin)
                            .execute()
                            .compose(begun -> statements.apply(connection))));
  }

  /** Runs one statement as a transaction of its own. */
  public Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return writing(
        () ->
            connections
                .transactions()
                .use(connection -> connection.preparedQuery(sql).execute(parameters)));
  }

  /**
   * Runs several statements, all or nothing; retried after a deadlock. If the reply to the commit
   * is lost, the database is asked what became of it.
   */
  public <R> Future<R> transaction(Function<SqlConnection, Future<R>> statements) {
    return writing(() -> new CheckedCommit(vertx, connections.transactions()).run(statements));
  }

  private <R> Future<R> reading(Supplier<Future<R>> read) {
    return guarded(() -> retryBroken(maxBroken, read), false);
  }

  private <R> Future<R> writing(Supplier<Future<R>> write) {
    return guarded(() -> retryTransient(MAX_TRIES, write), true);
  }

  // every connection of a pool may have ended unnoticed since its last use; so a read is retried
  // once for each, after a moment to notice
  private <R> Future<R> retryBroken(int retries, Supplier<Future<R>> read) {
    return read.get()
        .recover(
            failure ->
                !availability.isLost() && retries > 0 && SqlErrors.isLostConnection(failure)
                    ? pause().compose(later -> retryBroken(retries - 1, read))
                    : Future.failedFuture(failure));
  }

  // the connection is given back before the pause, so others do not wait for it
  private <R> Future<R> retryTransient(int tries, Supplier<Future<R>> write) {
    return write
        .get()
        .recover(
            failure ->
                tries > 1 && SqlErrors.isTransient(failure)
                    ? pause().compose(later -> retryTransient(tries - 1, write))
                    : Future.failedFuture(failure));
  }

  private Future<Void> pause() {
    return vertx.timer(RETRY_PAUSE_MS, TimeUnit.MILLISECONDS).mapEmpty();
  }

  DatabaseConnections connections() {
    return connections;
  }

  Availability availability() {
    return availability;
  }

  /** Whether it accepts writes. */
  public boolean isAvailable() {
    return availability.refusal(true).isEmpty();
  }

  /** "up", or what is wrong with the database. */
  public String condition() {
    return availability.text();
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

  /** Closes the connections as soon as the pending requests have been answered. */
  public Future<Void> close() {
    availability.close();
    return whenIdle().onComplete(done -> connections.end());
  }

  private Future<Void> whenIdle() {
    return pending.isEmpty() ? Future.succeededFuture() : pause().compose(later -> whenIdle());
  }

  /** Runs a request that is failed when the database is lost meanwhile. */
  private <R> Future<R> guarded(Supplier<Future<R>> request, boolean writes) {
    Optional<Outage> refusal = availability.refusal(writes);
    if (refusal.isPresent()) {
      return Future.failedFuture(refusal.get());
    }
    Promise<R> promise = Promise.promise();
    PendingRequest guard = new PendingRequest(promise, writes);
    pending.add(guard);
    request
        .get()
        .onComplete(
            (result, failure) -> {
              pending.remove(guard);
              if (failure == null) {
                availability.noteAnswer();
                promise.tryComplete(result);
              } else {
                promise.tryFail(outage(failure, writes));
              }
            });
    return promise.future();
  }

  private Throwable outage(Throwable failure, boolean writes) {
    availability.noteFailure(failure);
    Throwable outage = SqlErrors.toOutage(failure, writes);
    if (outage instanceof Outage known && known.kind() == Outage.Kind.OUTCOME_UNKNOWN) {
      reportUnknownOutcome();
    }
    return outage;
  }

  private void failPending(Throwable cause) {
    Set<PendingRequest> failed = new HashSet<>(pending);
    pending.clear();
    failed.forEach(each -> each.fail("the database connection was lost during the request", cause));
  }
}
