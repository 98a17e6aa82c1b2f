package io.parley.store.db;

import io.parley.flow.Outage;
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
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to PostgreSQL: pipelined lines for reading, a pool for transactions, bounds on both.
 *
 * <p>A heartbeat asks twice a second whether the database still answers, on a connection of its
 * own, for behind a slow statement it would mistake work for death. While there is no answer,
 * nobody waits for one: new requests are refused at once, those under way are let go, and every
 * connection is made anew, for they may hang for as long as the network likes. Confined to the
 * event loop of the verticle that made it.
 */
public final class Database {
  /**
   * True, and then this transaction does not wait for the disk. For what a later commit vouches
   * for, which waits for all before it, and for what may be lost with the machine.
   */
  public static final String WITHOUT_WAITING =
      "set_config('synchronous_commit', 'off', true) = 'off'";

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final long BEAT_MS = 500;
  private static final long PATIENCE_MS = 1_200;
  private static final long LATE_MS = 300;
  private static final long MOMENT_MS = 20;
  private static final long GRACE_MS = 2_000;
  private static final int PIPELINE = 256;
  private static final int TRIES = 4;

  /** What somebody waits for. */
  private record Waiting(Promise<?> answer, boolean changes, long since) {
    void letGo(String reason, Throwable cause) {
      answer.tryFail(
          changes ? Outage.outcomeUnknown(reason, cause) : Outage.unavailable(reason, cause));
    }
  }

  /** All connections of one life of the database. */
  private record Connections(
      ReadConnections reads,
      Pool transactions,
      SqlClient heart,
      ConnectionFactory<PgConnectOptions> own) {
    void close() {
      reads.close();
      transactions.close();
      heart.close();
      own.close(Promise.<Void>promise());
    }
  }

  private final Vertx vertx;
  private final DatabaseSettings settings;
  private final PgConnectOptions connect;
  private final NetClientOptions transport;
  private final Set<Waiting> underWay = new HashSet<>();
  private final List<Runnable> whenLost = new ArrayList<>();
  private final List<Runnable> whenDoubted = new ArrayList<>();
  private Connections connections;
  private long heardAt = System.nanoTime();
  private boolean there = true;
  private boolean beating;
  private boolean closed;

  public Database(Vertx vertx, DatabaseSettings settings, DatabaseAddress address) {
    this.vertx = vertx;
    this.settings = settings;
    this.connect = options(settings, address);
    this.transport =
        new NetClientOptions()
            .setConnectTimeout((int) settings.connectTimeout().toMillis())
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true);
    this.connections = opened();
    connections.reads().open();
    vertx.setPeriodic(BEAT_MS, tick -> beat());
  }

  /** One statement that changes nothing. */
  public Future<RowSet<Row>> read(String sql, Tuple parameters) {
    return guarded(() -> connections.reads().execute(sql, parameters), false);
  }

  /** One statement that is a transaction of its own. */
  public Future<RowSet<Row>> write(String sql, Tuple parameters) {
    return guarded(
        () -> again(TRIES, () -> connections.transactions().preparedQuery(sql).execute(parameters)),
        true);
  }

  /** Several statements, all or nothing; tried again when two transactions met badly. */
  public <R> Future<R> transaction(Function<SqlConnection, Future<R>> statements) {
    return guarded(
        () -> again(TRIES, () -> connections.transactions().withTransaction(statements)), true);
  }

  /** Several statements that change nothing and see one moment. */
  public <R> Future<R> snapshot(Function<SqlConnection, Future<R>> statements) {
    return guarded(
        () ->
            anew(
                settings.writeConnections(),
                () ->
                    connections
                        .transactions()
                        .withTransaction(
                            connection ->
                                connection
                                    .query(
                                        "set transaction isolation level repeatable read, read only")
                                    .execute()
                                    .compose(set -> statements.apply(connection)))),
        false);
  }

  // every connection of the pool may have ended unnoticed since it was used last; what changes
  // nothing is asked anew, once for each, when the pool has had a moment to notice
  private <R> Future<R> anew(int times, Supplier<Future<R>> work) {
    return work.get()
        .recover(
            failure ->
                there && times > 0 && SqlErrors.isCutOff(failure)
                    ? vertx
                        .timer(MOMENT_MS, TimeUnit.MILLISECONDS)
                        .compose(moment -> anew(times - 1, work))
                    : Future.failedFuture(failure));
  }

  /**
   * A connection for one owner, outside the pools, who looks up by key only: a plan made while the
   * tables were empty would else be a scan, and kept. It is cut when the database is lost, so
   * whatever its owner waits for then fails.
   */
  Future<PgConnection> connection() {
    Future<SqlConnection> made =
        connections
            .own()
            .connect(vertx.getOrCreateContext(), lookUps().addProperty("enable_seqscan", "off"));
    Future<PgConnection> inTime =
        made.timeout(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .map(PgConnection::cast);
    return inTime.recover(
        failure -> {
          made.onSuccess(SqlConnection::close);
          return Future.failedFuture(SqlErrors.judged(failure, false));
        });
  }

  /** Tells {@code listener} whenever the database stops answering. */
  void onLost(Runnable listener) {
    whenLost.add(listener);
  }

  /** Tells {@code listener} whenever something may have been done that nobody was told of. */
  public void onDoubt(Runnable listener) {
    whenDoubted.add(listener);
  }

  public boolean isThere() {
    return there;
  }

  public Future<Void> close() {
    closed = true;
    Connections last = connections;
    return last.reads()
        .close()
        .compose(done -> last.transactions().close())
        .compose(done -> last.heart().close())
        .compose(done -> Future.future(last.own()::close));
  }

  /** Runs what must not outlive the database's patience; judges how it fails. */
  <R> Future<R> guarded(Supplier<Future<R>> work, boolean changes) {
    if (!there) {
      return Future.failedFuture(Outage.unavailable("the database is not there"));
    }
    Promise<R> answer = Promise.promise();
    Waiting waiting = new Waiting(answer, changes, System.nanoTime());
    underWay.add(waiting);
    work.get()
        .onComplete(
            (result, failure) -> {
              underWay.remove(waiting);
              if (failure == null) {
                heard();
                answer.tryComplete(result);
              } else {
                Throwable judged = SqlErrors.judged(failure, changes);
                if (judged instanceof Outage outage
                    && outage.kind() == Outage.Kind.OUTCOME_UNKNOWN) {
                  whenDoubted.forEach(Runnable::run);
                }
                answer.tryFail(judged);
              }
            });
    return answer.future();
  }

  private <R> Future<R> again(int tries, Supplier<Future<R>> work) {
    return work.get()
        .recover(
            failure ->
                tries > 1 && SqlErrors.isWorthAnotherTry(failure)
                    ? again(tries - 1, work)
                    : Future.failedFuture(failure));
  }

  private void beat() {
    if (beating || closed) {
      return;
    }
    if (isAnyOverdue()) {
      lost(new TimeoutException("a statement was not answered in time"));
      return;
    }
    beating = true;
    long began = System.nanoTime();
    connections
        .heart()
        .query("select 1")
        .execute()
        .timeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
        .onComplete(
            (answered, failure) -> {
              beating = false;
              if (failure == null) {
                found();
              } else if (!closed && !isSlow(began)) {
                lost(failure);
              }
            });
  }

  // one that answers others is busy, not away; and when this loop itself was held up, the answer
  // may lie unread: the next beat tells
  private boolean isSlow(long began) {
    long patience = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS + LATE_MS);
    return heardAt - began > 0 || System.nanoTime() - began > patience;
  }

  /** The database has answered. */
  void heard() {
    heardAt = System.nanoTime();
  }

  // the server ends a statement that takes too long; if it never said so, the connection is dead
  private boolean isAnyOverdue() {
    long patience = settings.statementTimeout().toMillis() + GRACE_MS;
    long oldest = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(patience);
    return underWay.stream().anyMatch(each -> each.since() - oldest < 0);
  }

  private void found() {
    if (!there) {
      there = true;
      LOG.atInfo().log("the database is back");
      connections.reads().open();
      whenDoubted.forEach(Runnable::run);
    }
  }

  private void lost(Throwable failure) {
    if (there) {
      there = false;
      LOG.atWarn()
          .addKeyValue("reason", String.valueOf(failure.getMessage()))
          .log("the database is not there");
    }
    Set<Waiting> left = new HashSet<>(underWay);
    underWay.clear();
    left.forEach(each -> each.letGo("the database went away in the middle", failure));
    whenLost.forEach(Runnable::run);
    connections.close();
    connections = opened();
  }

  private Connections opened() {
    return new Connections(
        new ReadConnections(settings.readConnections(), this::line),
        PgBuilder.pool()
            .with(pool(settings.writeConnections(), settings.waitQueue(), "parley-writes"))
            .with(transport)
            .connectingTo(connect)
            .using(vertx)
            .build(),
        line("parley-heart"),
        PgDriver.INSTANCE.createConnectionFactory(vertx, transport));
  }

  /** A pipelined client on one connection. */
  private SqlClient line(String name) {
    int queue = Math.max(1, settings.waitQueue() / settings.readConnections());
    return PgBuilder.client()
        .with(pool(1, queue, name))
        .with(transport)
        .connectingTo(lookUps())
        .using(vertx)
        .build();
  }

  // what is read is read by key: planning a page anew each time costs more than reading it
  private PgConnectOptions lookUps() {
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
    String patience = Long.toString(settings.statementTimeout().toMillis());
    return address
        .forVertx()
        .setCachePreparedStatements(true)
        .setPreparedStatementCacheMaxSize(512)
        .setPipeliningLimit(PIPELINE)
        .addProperty("application_name", "parley")
        .addProperty("statement_timeout", patience)
        .addProperty("lock_timeout", "5000")
        .addProperty("idle_in_transaction_session_timeout", "10000")
        .addProperty("TimeZone", "UTC");
  }
}
