package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DatabaseTimeouts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * All connections to the database, each for one purpose, so that no kind of work waits behind
 * another: reads by key, heavy reads, transactions, write lanes, what must be known in time, and
 * the heartbeat. They are established when they are first used.
 */
final class DatabaseConnections {
  private static final int PIPELINE = 256;
  private static final int PREPARED_STATEMENTS = 512;

  /** How much later than the server we give up on a statement. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** How long a batch waits for one locked conversation while others are due. */
  private static final Duration BLOCKED_LOCK_WAIT = Duration.ofMillis(50);

  private final Vertx vertx;
  private final DatabaseAddress address;
  private final DatabaseTimeouts timeouts;
  private final Map<String, String> parameters;
  private final NetClientOptions transport;
  private final ReadConnections reads;
  private final WatchedConnection urgent;
  private final WatchedConnection heartbeat;
  private final ConnectionPool transactions;
  private final ConnectionPool heavy;
  private final Set<WatchedConnection> lanes = new HashSet<>();

  DatabaseConnections(
      Vertx vertx,
      DatabaseSettings settings,
      DatabaseAddress address,
      Map<String, String> parameters) {
    this.vertx = vertx;
    this.address = address;
    this.timeouts = settings.timeouts();
    this.parameters = Map.copyOf(parameters);
    this.transport = transport(timeouts);
    DatabaseLimits limits = settings.limits();
    int maxReads = limits.readConnections() * PIPELINE + limits.waitQueue();
    this.reads =
        new ReadConnections(
            limits.readConnections(), maxReads, () -> readConnection(timeouts.read()));
    this.urgent = readConnection(timeouts.heartbeat());
    this.heartbeat = readConnection(timeouts.heartbeat());
    this.transactions = pool(limits.writeConnections(), limits.waitQueue(), timeouts.connect());
    this.heavy = pool(limits.heavyConnections(), limits.heavyQueue(), timeouts.read());
  }

  private static NetClientOptions transport(DatabaseTimeouts timeouts) {
    int unacknowledged = (int) timeouts.write().plus(GRACE).toMillis();
    return new NetClientOptions()
        .setConnectTimeout((int) timeouts.connect().toMillis())
        .setTcpNoDelay(true)
        .setTcpKeepAlive(true)
        .setTcpUserTimeout(unacknowledged);
  }

  /** For reads that look up by key, and answer quickly. */
  ReadConnections reads() {
    return reads;
  }

  /** For reads that nothing may delay. */
  WatchedConnection urgent() {
    return urgent;
  }

  WatchedConnection heartbeat() {
    return heartbeat;
  }

  ConnectionPool transactions() {
    return transactions;
  }

  /** For reads that may take long; the pool is also their gate. */
  ConnectionPool heavy() {
    return heavy;
  }

  /** How long a write may take in all: a connection may die under it once. */
  Duration laneDeadline() {
    return timeouts.write().multipliedBy(2).plus(GRACE);
  }

  /** A connection for a write lane. */
  WatchedConnection lane() {
    return lane(timeouts.lock());
  }

  /** A connection for requests of a lane whose conversation is locked. */
  WatchedConnection blockedLane() {
    return lane(BLOCKED_LOCK_WAIT);
  }

  // a lane looks up by key only; a plan made while the tables were empty would scan them, and is
  // kept
  private WatchedConnection lane(Duration lockTimeout) {
    PgConnectOptions options =
        genericPlans(timeouts.write())
            .addProperty("lock_timeout", Long.toString(lockTimeout.toMillis()))
            .addProperty("enable_seqscan", "off");
    WatchedConnection lane =
        new WatchedConnection(
            () -> open(options), timeouts.write().plus(GRACE), timeouts.keepAlive());
    lanes.add(lane);
    return lane;
  }

  private WatchedConnection readConnection(Duration timeout) {
    return new WatchedConnection(
        () -> open(genericPlans(timeout)), timeout.plus(GRACE), timeouts.keepAlive());
  }

  private ConnectionPool pool(int connections, int maxWaiting, Duration maxWait) {
    Duration maxUse = timeouts.statement().plus(GRACE);
    return new ConnectionPool(
        vertx,
        new ConnectionPool.Bounds(connections, maxWaiting, maxWait, maxUse, timeouts.keepAlive()),
        () -> open(options(timeouts.statement())));
  }

  /** Replaces what is dead, and refuses what waits too long; call it from time to time. */
  void check(long now) {
    reads.check(now);
    urgent.check(now);
    lanes.forEach(each -> each.check(now));
    transactions.check(now);
    heavy.check(now);
  }

  /** Ends all of them, answered or not. The next request opens new ones. */
  void end() {
    reads.end();
    urgent.end();
    heartbeat.end();
    lanes.forEach(WatchedConnection::end);
    transactions.end();
    heavy.end();
  }

  private Future<DedicatedConnection> open(PgConnectOptions options) {
    ConnectionFactory<PgConnectOptions> factory =
        PgDriver.INSTANCE.createConnectionFactory(vertx, transport);
    Future<SqlConnection> connecting = factory.connect(vertx.getOrCreateContext(), options);
    return connecting
        .timeout(timeouts.connect().toMillis(), TimeUnit.MILLISECONDS)
        .map(opened -> new DedicatedConnection(PgConnection.cast(opened), factory))
        .recover(
            failure -> {
              factory.close(Promise.promise());
              return Future.failedFuture(notConnected(failure));
            });
  }

  // no statement was sent, so nothing was done
  private static Outage notConnected(Throwable failure) {
    return Outage.unavailable("the database is not available", failure);
  }

  // reads look up by key, so planning a page each time would cost more than reading it
  private PgConnectOptions genericPlans(Duration statementTimeout) {
    return options(statementTimeout).addProperty("plan_cache_mode", "force_generic_plan");
  }

  private PgConnectOptions options(Duration statementTimeout) {
    PgConnectOptions options =
        address
            .forVertx()
            .setCachePreparedStatements(true)
            .setPreparedStatementCacheMaxSize(PREPARED_STATEMENTS)
            .setPipeliningLimit(PIPELINE)
            .addProperty("application_name", "parley")
            .addProperty("statement_timeout", Long.toString(statementTimeout.toMillis()))
            .addProperty("lock_timeout", Long.toString(timeouts.lock().toMillis()))
            .addProperty(
                "idle_in_transaction_session_timeout",
                Long.toString(timeouts.statement().toMillis()))
            .addProperty("TimeZone", "UTC");
    parameters.forEach(options::addProperty);
    return options;
  }
}
