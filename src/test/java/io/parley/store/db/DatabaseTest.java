package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.flow.Outage;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DatabaseTimeouts;
import io.parley.store.embedded.EmbeddedPostgres;
import io.parley.store.embedded.EmbeddedPostgresTest;
import io.parley.testing.Await;
import io.parley.testing.FlakyNetwork;
import io.parley.testing.TestDatabase;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class DatabaseTest {
  private static final long PROMISED_MS = 2_000;

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private DatabaseTimeouts timeouts = TestDatabase.TIMEOUTS;
  private FlakyNetwork network;
  private DatabaseAddress direct;
  private Database database;

  @BeforeEach
  void connect() throws Exception {
    direct = DatabaseAddress.of(TestDatabase.fresh());
    network = new FlakyNetwork(vertx, direct.port());
    database = open(1_000);
    soon(() -> database.write("create table note (id int primary key)", Tuple.tuple()));
  }

  @AfterEach
  void close() throws Exception {
    soon(database::close);
    soon(network::close);
    Await.result(vertx.close());
  }

  private Database open(int waitQueue) throws Exception {
    DatabaseAddress flaky =
        new DatabaseAddress(
            "127.0.0.1",
            network.port(),
            direct.database(),
            direct.user(),
            direct.password(),
            "disable",
            "");
    DatabaseSettings settings =
        new DatabaseSettings(
            Optional.empty(),
            Path.of("unused"),
            false,
            new DatabaseLimits(2, 2, 100, 2, 1, waitQueue),
            timeouts);
    return soon(() -> Future.succeededFuture(new Database(vertx, settings, flaky)));
  }

  /** Starts on the database's loop. */
  private <T> CompletableFuture<T> on(Supplier<Future<T>> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.runOnContext(
        run ->
            work.get()
                .onComplete(
                    (value, failure) -> {
                      if (failure == null) {
                        result.complete(value);
                      } else {
                        result.completeExceptionally(failure);
                      }
                    }));
    return result;
  }

  private <T> T soon(Supplier<Future<T>> work) throws Exception {
    return on(work).get(10, TimeUnit.SECONDS);
  }

  private CompletableFuture<RowSet<Row>> read(String sql) {
    return on(() -> database.read(sql, Tuple.tuple()));
  }

  private CompletableFuture<RowSet<Row>> write(String sql) {
    return on(() -> database.write(sql, Tuple.tuple()));
  }

  /** How it failed; it must not take longer than promised. */
  private static Outage.Kind failed(CompletableFuture<?> work) {
    long before = System.nanoTime();
    ExecutionException failure = null;
    try {
      work.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      failure = e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    assertThat(failure).as("it should fail").isNotNull();
    assertThat(failure.getCause()).isInstanceOf(Outage.class);
    assertThat(Duration.ofNanos(System.nanoTime() - before).toMillis()).isLessThan(PROMISED_MS);
    return ((Outage) failure.getCause()).kind();
  }

  /** Everything works again, by itself. */
  private void recovers() {
    Await.until("reads and writes succeed", this::works);
  }

  private boolean works() throws Exception {
    try {
      read("select 1").get(5, TimeUnit.SECONDS);
      write("select 1").get(5, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException outage) {
      return false;
    }
  }

  private long notes() throws Exception {
    return read("select count(*) from note").get(5, TimeUnit.SECONDS).iterator().next().getLong(0);
  }

  private void readTogether(int count) throws Exception {
    List<CompletableFuture<?>> reads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      reads.add(read("select 1"));
    }
    for (CompletableFuture<?> each : reads) {
      each.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSlowReadBlocksNobodyAndIsNotMistakenForALostDatabase() throws Exception {
    readTogether(10); // every connection is open now
    CompletableFuture<?> slow = read("select pg_sleep(3)");
    awaitOne(
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
            + " and clock_timestamp() - query_start > interval '100 ms'");
    long before = System.nanoTime();
    readTogether(20);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
    slow.get(10, TimeUnit.SECONDS);
  }

  @Test
  @Tag("fault")
  void queriesFailWithinTwoSecondsWhenTheServerIsSilent() throws Exception {
    recovers();
    network.fallSilent();
    CompletableFuture<?> reading = read("select 1");
    CompletableFuture<?> writing = write("insert into note values (1)");
    CompletableFuture<?> deciding =
        on(
            () ->
                database.transaction(
                    connection ->
                        connection.query("insert into note values (2)").execute().map(done -> "")));
    assertThat(failed(reading)).isEqualTo(Outage.Kind.UNAVAILABLE);
    assertThat(failed(writing)).isEqualTo(Outage.Kind.OUTCOME_UNKNOWN);
    assertThat(failed(deciding)).isNotNull();
    assertThat(failed(read("select 1"))).isEqualTo(Outage.Kind.UNAVAILABLE);
    assertThat(failed(write("insert into note values (3)"))).isEqualTo(Outage.Kind.UNAVAILABLE);
    network.heal();
    recovers();
    assertThat(notes()).isZero();
  }

  @Test
  @Tag("fault")
  void connectionsAreClosedWhileTheServerIsSilent() throws Exception {
    recovers();
    network.fallSilent();
    // several lives of the pools, each with a try to connect that is never answered
    for (int i = 0; i < 8; i++) {
      failed(read("select 1"));
      CompletableFuture<Void> later = new CompletableFuture<>();
      vertx.setTimer(800, tick -> later.complete(null));
      later.get(5, TimeUnit.SECONDS);
    }
    assertThat(network.open()).isLessThanOrEqualTo(5);
    network.heal();
    recovers();
  }

  @Test
  void aCommitWhoseReplyIsLostIsReportedAsUnknown() throws Exception {
    recovers();
    CompletableFuture<?> writing = write("insert into note select 1 from pg_sleep(0.4)");
    // under way, not merely prepared, and not answered yet
    awaitOne(
        "select count(*) from pg_stat_activity"
            + " where query like 'insert into note select%' and wait_event = 'PgSleep'");
    network.fallSilent();
    assertThat(failed(writing)).isEqualTo(Outage.Kind.OUTCOME_UNKNOWN);
    network.heal();
    recovers();
    assertThat(notes()).isEqualTo(1);
  }

  private void awaitOne(String sql) throws Exception {
    Await.until(sql, () -> read(sql).get(5, TimeUnit.SECONDS).iterator().next().getLong(0) >= 1);
  }

  @Test
  void recoversAfterTheServerRefusedConnections() throws Exception {
    recovers();
    network.refuse();
    assertThat(failed(read("select 1"))).isEqualTo(Outage.Kind.UNAVAILABLE);
    assertThat(failed(write("insert into note values (1)"))).isNotNull();
    network.heal();
    recovers();
  }

  @Test
  @Tag("fault")
  void keepsCommittedRowsWhenTheServerCrashes(@org.junit.jupiter.api.io.TempDir Path folder)
      throws Exception {
    EmbeddedPostgres first = EmbeddedPostgres.start(folder);
    direct = DatabaseAddress.of(first.url());
    network.heal(direct.port());
    soon(database::close);
    database = open(1_000);
    write("create table note (id int primary key)").get(5, TimeUnit.SECONDS);
    write("insert into note values (1)").get(5, TimeUnit.SECONDS);
    EmbeddedPostgresTest.kill(folder);
    assertThat(failed(read("select 1"))).isEqualTo(Outage.Kind.UNAVAILABLE);
    first.close();
    try (EmbeddedPostgres second = EmbeddedPostgres.start(folder)) {
      network.heal(DatabaseAddress.of(second.url()).port());
      recovers();
      assertThat(notes()).isEqualTo(1);
    }
  }

  @Test
  void aWriteThatAShutdownInterruptsIsAnOutageAndAReadIsRepeated() throws Exception {
    CompletableFuture<?> reading = read("select pg_sleep(1)");
    CompletableFuture<?> writing = write("insert into note select 1 from pg_sleep(5)");
    awaitOne("select count(*) from pg_stat_activity where query like 'insert into note select%'");
    write(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(%'"
                + " and pid <> pg_backend_pid()")
        .get(5, TimeUnit.SECONDS);
    assertThat(failed(writing)).isEqualTo(Outage.Kind.OUTCOME_UNKNOWN);
    reading.get(5, TimeUnit.SECONDS);
    recovers();
  }

  @Test
  void refusesRequestsBeyondTheWaitQueue() throws Exception {
    soon(database::close);
    database = open(2);
    List<CompletableFuture<?>> all = new ArrayList<>();
    IntStream.range(0, 8)
        .forEach(
            i ->
                all.add(
                    on(
                        () ->
                            database.transaction(
                                connection ->
                                    connection
                                        .query("select pg_sleep(0.3)")
                                        .execute()
                                        .map(done -> "")))));
    long refused =
        all.stream()
            .filter(
                each -> {
                  try {
                    each.get(10, TimeUnit.SECONDS);
                    return false;
                  } catch (ExecutionException e) {
                    assertThat(e.getCause()).isInstanceOf(Outage.class);
                    assertThat(((Outage) e.getCause()).kind()).isEqualTo(Outage.Kind.UNAVAILABLE);
                    return true;
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                })
            .count();
    // who waits for a connection to be made waits in the queue too
    assertThat(refused).isBetween(4L, 6L);
  }

  @Test
  @Tag("fault")
  void connectionsOfLanesAreReplacedWhenTheDatabaseIsLost() throws Exception {
    WatchedConnection lane = soon(() -> Future.succeededFuture(database.connections().lane()));
    soon(() -> lane.execute("select 1", Tuple.tuple()));
    network.fallSilent();
    CompletableFuture<?> waiting = on(() -> lane.execute("select 1", Tuple.tuple()));
    assertThatThrownBy(() -> waiting.get(PROMISED_MS, TimeUnit.MILLISECONDS))
        .isInstanceOf(ExecutionException.class);
    network.heal();
    recovers();
    soon(() -> lane.execute("select 1", Tuple.tuple()));
  }

  @Test
  void bugsAndRefusalsAreNotOutages() throws Exception {
    write("insert into note values (7)").get(5, TimeUnit.SECONDS);
    assertThatThrownBy(() -> write("insert into note values (7)").get(5, TimeUnit.SECONDS))
        .cause()
        .satisfies(failure -> assertThat(SqlErrors.isUniqueViolation(failure)).isTrue())
        .satisfies(failure -> assertThat(SqlErrors.constraint(failure)).isEqualTo("note_pkey"));
    assertThatThrownBy(() -> read("select nonsense").get(5, TimeUnit.SECONDS))
        .cause()
        .isNotInstanceOf(Outage.class);
  }
}
