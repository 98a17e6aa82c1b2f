package io.parley.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.flow.Outage;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DatabaseTimeouts;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Slow statements, and single connections that something between the gateway and the server drops
 * without a word. Neither is a lost database.
 */
@Tag("fault")
class DeadConnectionTest {
  private static final String PORT = "select inet_client_port()";

  private final TestDatabase server = TestDatabase.create();
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final AtomicInteger lost = new AtomicInteger();
  private FlakyNetwork network;
  private Database database;

  @BeforeEach
  void connect() throws Exception {
    DatabaseAddress direct = DatabaseAddress.of(server.url());
    network = new FlakyNetwork(vertx, direct.port());
    DatabaseAddress flaky =
        new DatabaseAddress(
            "127.0.0.1",
            network.port(),
            direct.database(),
            direct.user(),
            direct.password(),
            "disable",
            "");
    DatabaseTimeouts timeouts =
        new DatabaseTimeouts(
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofMillis(500),
            Duration.ofMillis(1_200),
            Duration.ofSeconds(1));
    DatabaseSettings settings =
        new DatabaseSettings(
            Optional.empty(),
            Path.of("unused"),
            false,
            new DatabaseLimits(2, 2, 100, 2, 1, 1_000),
            timeouts);
    database =
        get(
            () -> {
              Database opened = new Database(vertx, settings, flaky);
              opened.availability().onLost(cause -> lost.incrementAndGet());
              return Future.succeededFuture(opened);
            });
  }

  @AfterEach
  void close() throws Exception {
    assertThat(lost).as("how often the database was said to be lost").hasValue(0);
    get(database::close);
    Await.result(vertx.close());
  }

  private <T> CompletableFuture<T> start(Supplier<Future<T>> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.runOnContext(
        run -> work.get().onComplete(result::complete, result::completeExceptionally));
    return result;
  }

  private <T> T get(Supplier<Future<T>> work) throws Exception {
    return start(work).get(10, TimeUnit.SECONDS);
  }

  private CompletableFuture<RowSet<Row>> read(String sql) {
    return start(() -> database.read(sql, Tuple.tuple()));
  }

  private CompletableFuture<RowSet<Row>> write(String sql) {
    return start(() -> database.write(sql, Tuple.tuple()));
  }

  private static int number(RowSet<Row> rows) {
    return rows.iterator().next().getInteger(0);
  }

  /** How long it takes until all of them are answered. */
  private static Duration timeOf(List<CompletableFuture<RowSet<Row>>> work) throws Exception {
    long began = System.nanoTime();
    for (CompletableFuture<?> each : work) {
      each.get(10, TimeUnit.SECONDS);
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Test
  void heavyReadsDelayNeitherOtherReadsNorWrites() throws Exception {
    read("select 1").get(5, TimeUnit.SECONDS);
    write("select 1").get(5, TimeUnit.SECONDS);
    List<CompletableFuture<RowSet<Row>>> heavy = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      heavy.add(start(() -> database.heavyRead("select pg_sleep(2)", Tuple.tuple())));
    }
    List<CompletableFuture<RowSet<Row>>> light = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      light.add(read("select 1"));
      light.add(write("select 1"));
      light.add(start(() -> database.urgentRead("select 1", Tuple.tuple())));
    }
    assertThat(timeOf(light)).isLessThan(Duration.ofMillis(1_500));
    assertThat(heavy.subList(0, 2)).noneMatch(CompletableFuture::isDone);
    // two run at a time; the others wait longer than they may
    for (CompletableFuture<?> each : heavy) {
      each.handle((rows, failure) -> failure).get(10, TimeUnit.SECONDS);
    }
    assertThat(heavy).filteredOn(each -> !each.isCompletedExceptionally()).hasSize(2);
  }

  @Test
  void requestsThatWaitForAConnectionAreNotALostDatabase() throws Exception {
    List<CompletableFuture<RowSet<Row>>> all = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      all.add(write("select pg_sleep(0.8)"));
    }
    int refused = 0;
    for (CompletableFuture<?> each : all) {
      Throwable failure = each.handle((rows, f) -> f).get(15, TimeUnit.SECONDS);
      if (failure != null) {
        refused++;
        assertThat(failure).isInstanceOf(Outage.class);
        assertThat(((Outage) failure).kind()).isEqualTo(Outage.Kind.UNAVAILABLE);
      }
    }
    assertThat(refused).as("those that waited longer than they may").isBetween(1, 10);
  }

  @Test
  void readsOnADeadConnectionAreRepeatedOnAnother() throws Exception {
    int port = number(read(PORT).get(5, TimeUnit.SECONDS));
    network.swallow(port);
    List<CompletableFuture<RowSet<Row>>> reads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      reads.add(read(PORT));
    }
    assertThat(timeOf(reads)).isLessThan(Duration.ofSeconds(4));
    for (CompletableFuture<RowSet<Row>> each : reads) {
      assertThat(number(each.join())).isNotEqualTo(port);
    }
  }

  @Test
  void aDeadConnectionIsReplacedBeforeARequestMeetsIt() throws Exception {
    int port = number(read(PORT).get(5, TimeUnit.SECONDS));
    Await.until("all connections are open", () -> heartbeats().size() == 1);
    int open = network.open();
    network.swallow(port);
    Await.until("the idle connection is closed", () -> network.open() < open);
    List<CompletableFuture<RowSet<Row>>> reads = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      reads.add(read(PORT));
    }
    assertThat(timeOf(reads)).isLessThan(Duration.ofMillis(1_500));
  }

  @Test
  void aTransactionOnADeadConnectionFailsAloneAndItsOutcomeIsUnknown() throws Exception {
    int port = number(write(PORT).get(5, TimeUnit.SECONDS));
    network.swallow(port);
    CompletableFuture<RowSet<Row>> dead = write("select 1");
    List<CompletableFuture<RowSet<Row>>> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      others.add(write("select 1"));
    }
    assertThat(timeOf(others)).isLessThan(Duration.ofMillis(1_800));
    assertThatThrownBy(() -> dead.get(7, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(Outage.class)
        .satisfies(
            failure ->
                assertThat(((Outage) failure).kind()).isEqualTo(Outage.Kind.OUTCOME_UNKNOWN));
    assertThat(number(write(PORT).get(5, TimeUnit.SECONDS))).isNotEqualTo(port);
  }

  @Test
  void aDeadHeartbeatConnectionIsReplaced() throws Exception {
    read("select 1").get(5, TimeUnit.SECONDS);
    Await.until("a heartbeat", () -> heartbeats().size() == 1);
    network.swallow(Integer.parseInt(heartbeats().getFirst().getFirst()));
    Await.until("a heartbeat on another connection", () -> heartbeats().size() == 2);
  }

  private List<List<String>> heartbeats() {
    return server.rows(
        "select client_port from pg_stat_activity where datname = current_database()"
            + " and query like '%transaction_read_only%' and pid <> pg_backend_pid()");
  }
}
