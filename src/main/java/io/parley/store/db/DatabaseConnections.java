package io.parley.store.db;

import io.parley.settings.DatabaseSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.util.concurrent.TimeUnit;

/**
 * All connections to the database, opened and closed together: pipelined ones for reads, a pool for
 * transactions, one for the heartbeat, and dedicated ones for write lanes.
 */
final class DatabaseConnections {
  private static final int PIPELINE = 256;
  private static final int PREPARED_STATEMENTS = 512;
  private static final String LOCK_TIMEOUT_MS = "5000";
  private static final String IDLE_IN_TRANSACTION_TIMEOUT_MS = "10000";

  private final Vertx vertx;
  private final DatabaseSettings settings;
  private final PgConnectOptions connect;
  private final NetClientOptions transport;
  private final ReadConnections reads;
  private final Pool transactions;
  private final SqlClient heartbeat;
  private final ConnectionFactory<PgConnectOptions> dedicated;

  /** Connections are established when they are first used. */
  DatabaseConnections(Vertx vertx, DatabaseSettings settings, DatabaseAddress address) {
    this.vertx = vertx;
    this.settings = settings;
    this.connect = options(settings, address);
    this.transport =
        new NetClientOptions()
            .setConnectTimeout((int) settings.connectTimeout().toMillis())
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true);
    this.reads = new ReadConnections(settings.readConnections(), this::pipelinedClient);
    this.transactions =
        PgBuilder.pool()
            .with(pool(settings.writeConnections(), settings.waitQueue(), "parley-writes"))
            .with(transport)
            .connectingTo(connect)
            .using(vertx)
            .build();
    this.heartbeat = pipelinedClient("parley-heartbeat");
    this.dedicated = PgDriver.INSTANCE.createConnectionFactory(vertx, transport);
  }

  ReadConnections reads() {
    return reads;
  }

  Pool transactions() {
    return transactions;
  }

  SqlClient heartbeat() {
    return heartbeat;
  }

  /**
   * A connection for one owner who looks up by key only. Sequential scans are disabled, because a
   * plan made while the tables were empty would be one, and is kept.
   */
  Future<PgConnection> dedicated() {
    Future<SqlConnection> connecting =
        dedicated.connect(
            vertx.getOrCreateContext(), genericPlans().addProperty("enable_seqscan", "off"));
    return connecting
        .timeout(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .map(PgConnection::cast)
        .recover(
            failure -> {
              connecting.onSuccess(SqlConnection::close);
              return Future.failedFuture(failure);
            });
  }

  /** Closes all of them at once, answered or not. */
  void abandon() {
    reads.close();
    transactions.close();
    heartbeat.close();
    dedicated.close(Promise.<Void>promise());
  }

  Future<Void> close() {
    return reads
        .close()
        .compose(done -> transactions.close())
        .compose(done -> heartbeat.close())
        .compose(done -> Future.future(dedicated::close));
  }

  private SqlClient pipelinedClient(String name) {
    int queue = Math.max(1, settings.waitQueue() / settings.readConnections());
    return PgBuilder.client()
        .with(pool(1, queue, name))
        .with(transport)
        .connectingTo(genericPlans())
        .using(vertx)
        .build();
  }

  // reads look up by key, so planning a page each time would cost more than reading it
  private PgConnectOptions genericPlans() {
    return new PgConnectOptions(connect).addProperty("plan_cache_mode", "force_generic_plan");
  }

  private PoolOptions pool(int size, int queue, String name) {
    return new PoolOptions()
        .setMaxSize(size)
        .setMaxWaitQueueSize(queue)
        .setConnectionTimeout((int) settings.connectTimeout().toMillis())
        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
        .setName(name);
  }

  private static PgConnectOptions options(DatabaseSettings settings, DatabaseAddress address) {
    return address
        .forVertx()
        .setCachePreparedStatements(true)
        .setPreparedStatementCacheMaxSize(PREPARED_STATEMENTS)
        .setPipeliningLimit(PIPELINE)
        .addProperty("application_name", "parley")
        .addProperty("statement_timeout", Long.toString(settings.statementTimeout().toMillis()))
        .addProperty("lock_timeout", LOCK_TIMEOUT_MS)
        .addProperty("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_TIMEOUT_MS)
        .addProperty("TimeZone", "UTC");
  }
}
