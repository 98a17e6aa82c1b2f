package io.parley.store;

import io.parley.bus.Outage;
import io.parley.settings.DatabaseSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to PostgreSQL: a pipelined client for reading, a pool for transactions, bounds on both.
 *
 * <p>A heartbeat asks twice a second whether the database still answers. While it does not, nobody
 * waits for it: new requests are refused at once and those under way are let go, and the pools are
 * made anew, for their connections may hang for as long as the network likes. Confined to the event
 * loop of the verticle that made it.
 */
final class Database {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final long BEAT_MS = 500;
  private static final long PATIENCE_MS = 1_200;
  private static final int TRIES = 4;

  private final Vertx vertx;
  private final DatabaseSettings settings;
  private final PgConnectOptions connect;
  private final NetClientOptions transport;
  private final Set<Promise<?>> underWay = new HashSet<>();
  private final List<Runnable> whenLost = new ArrayList<>();
  private SqlClient reads;
  private Pool transactions;
  private boolean there = true;
  private boolean beating;

  Database(Vertx vertx, DatabaseSettings settings, DatabaseAddress address) {
    this.vertx = vertx;
    this.settings = settings;
    this.connect = options(settings, address);
    this.transport =
        new NetClientOptions()
            .setConnectTimeout((int) settings.connectTimeout().toMillis())
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true);
    this.reads = newReads();
    this.transactions = newTransactions();
    vertx.setPeriodic(BEAT_MS, tick -> beat());
  }

  /** One statement that changes nothing. */
  Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return guarded(() -> reads.preparedQuery(sql).execute(parameters), false);
  }

  /** One statement that is a transaction of its own. */
  Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return guarded(
        () -> again(TRIES, () -> transactions.preparedQuery(sql).execute(parameters)), true);
  }

  /** Several statements, all or nothing; tried again when two transactions met badly. */
  <R> Future<R> transaction(Function<SqlConnection, Future<R>> statements) {
    return guarded(() -> again(TRIES, () -> transactions.withTransaction(statements)), true);
  }

  /** Several statements that change nothing and see one moment. */
  <R> Future<R> snapshot(Function<SqlConnection, Future<R>> statements) {
    return guarded(
        () ->
            transactions.withTransaction(
                connection ->
                    connection
                        .query("set transaction isolation level repeatable read, read only")
                        .execute()
                        .compose(set -> statements.apply(connection))),
        false);
  }

  /** A connection for one owner, outside the pools. */
  Future<PgConnection> connection() {
    return PgConnection.connect(vertx, new PgConnectOptions(connect));
  }

  /** Tells {@code listener} whenever the database stops answering. */
  void onLost(Runnable listener) {
    whenLost.add(listener);
  }

  boolean isThere() {
    return there;
  }

  Future<Void> close() {
    return reads.close().compose(closed -> transactions.close());
  }

  /** Runs what must not outlive the database's patience; judges how it fails. */
  <R> Future<R> guarded(Supplier<Future<R>> work, boolean changes) {
    if (!there) {
      return Future.failedFuture(Outage.unavailable("the database is not there"));
    }
    Promise<R> answer = Promise.promise();
    underWay.add(answer);
    work.get()
        .onComplete(
            (result, failure) -> {
              underWay.remove(answer);
              if (failure == null) {
                answer.tryComplete(result);
              } else {
                answer.tryFail(Sql.judged(failure, changes));
              }
            });
    return answer.future();
  }

  private <R> Future<R> again(int tries, Supplier<Future<R>> work) {
    return work.get()
        .recover(
            failure ->
                tries > 1 && Sql.isWorthAnotherTry(failure)
                    ? again(tries - 1, work)
                    : Future.failedFuture(failure));
  }

  private void beat() {
    if (beating) {
      return;
    }
    beating = true;
    reads
        .query("select 1")
        .execute()
        .timeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
        .onComplete(
            (answered, failure) -> {
              beating = false;
              if (failure == null) {
                found();
              } else {
                lost(failure);
              }
            });
  }

  private void found() {
    if (!there) {
      there = true;
      LOG.atInfo().log("the database is back");
    }
  }

  private void lost(Throwable failure) {
    if (there) {
      there = false;
      LOG.atWarn()
          .addKeyValue("reason", String.valueOf(failure.getMessage()))
          .log("the database is not there");
    }
    Set<Promise<?>> left = new HashSet<>(underWay);
    underWay.clear();
    left.forEach(
        each ->
            each.tryFail(Outage.outcomeUnknown("the database went away in the middle", failure)));
    whenLost.forEach(Runnable::run);
    reads.close();
    transactions.close();
    reads = newReads();
    transactions = newTransactions();
  }

  private SqlClient newReads() {
    return PgBuilder.client()
        .with(pool(settings.readConnections(), "parley-reads"))
        .with(transport)
        .connectingTo(connect)
        .using(vertx)
        .build();
  }

  private Pool newTransactions() {
    return PgBuilder.pool()
        .with(pool(settings.writeConnections(), "parley-writes"))
        .with(transport)
        .connectingTo(connect)
        .using(vertx)
        .build();
  }

  private PoolOptions pool(int size, String name) {
    return new PoolOptions()
        .setMaxSize(size)
        .setMaxWaitQueueSize(settings.waitQueue())
        .setConnectionTimeout((int) settings.connectTimeout().toMillis())
        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
        .setName(name);
  }

  private static PgConnectOptions options(DatabaseSettings settings, DatabaseAddress address) {
    String patience = Long.toString(settings.statementTimeout().toMillis());
    return address
        .forVertx()
        .setCachePreparedStatements(true)
        .setPreparedStatementCacheMaxSize(512)
        .setPipeliningLimit(256)
        .addProperty("application_name", "parley")
        .addProperty("statement_timeout", patience)
        .addProperty("lock_timeout", "5000")
        .addProperty("idle_in_transaction_session_timeout", "10000")
        .addProperty("TimeZone", "UTC");
  }
}
