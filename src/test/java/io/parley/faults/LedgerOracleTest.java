package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayProcess;
import io.parley.testing.SimulatorClient;
import io.parley.testing.SimulatorProcess;
import io.parley.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exactly-once delivery end to end: two gateway processes share a database and a simulator process.
 * Messages are sent over HTTP, the provider fails in every way there is and reports in any order,
 * gateways are killed. The simulator shares no code with the gateway; its ledger is the oracle.
 */
@Tag("fault")
class LedgerOracleTest {
  private static final int SENDS = FaultVolume.of(2_000);

  private static final int EACH = 10;
  private static final int KILLS = 3;
  private static final int LOOKS_PER_READ = 500;
  private static final Duration LIMIT = Duration.ofSeconds(120 + SENDS / 100);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final String database = TestDatabase.durable().url();
  private final List<JsonObject> requests = new ArrayList<>();
  private final SimulatorClient.Tail tail = new SimulatorClient.Tail("");
  @TempDir private Path folder;

  private void eventually(String what, SimulatorClient simulator, BooleanSupplier condition) {
    AtomicInteger looks = new AtomicInteger();
    Await.until(
        () -> what + "; seed " + seed,
        LIMIT,
        () -> {
          // before the simulator forgets, and seldom enough to cost nothing
          if (looks.incrementAndGet() % LOOKS_PER_READ == 0) {
            tail.read(simulator, requests);
          }
          return condition.getAsBoolean();
        });
  }

  @Test
  void messagesArriveOnceAndInOrderWhileGatewaysAreKilled() throws Exception {
    System.out.println("seed " + seed + " (-Dseed), " + SENDS + " sends (-Dvolume)");
    int port = ChildProcess.freePort();
    try (DeliveryFixture mail = new DeliveryFixture(database);
        SimulatorProcess process = new SimulatorProcess(folder, "http://127.0.0.1:" + port)) {
      SimulatorClient simulator = process.client();
      simulator.shuffleCallbacks(random.nextInt(1_000_000));
      fail(simulator);
      try (GatewayProcess one = gateway("one", port, simulator);
          GatewayProcess two = gateway("two", ChildProcess.freePort(), simulator)) {
        List<GatewayProcess> gateways = List.of(one, two);
        one.awaitReady();
        two.awaitReady();
        judge(mail, simulator, gateways);
      }
    }
    TimelineInvariants.check(database);
  }

  private GatewayProcess gateway(String name, int port, SimulatorClient simulator)
      throws Exception {
    String provider =
        "name=sim-sms,kind=json,channel=sms,url=%s,timeout=1s,concurrency=64"
            .formatted(simulator.url());
    return new GatewayProcess(
        folder.resolve(name),
        port,
        Map.of(
            "PARLEY_DATABASE_URL",
            database,
            "PARLEY_LOG_LEVEL",
            "error",
            "PARLEY_SIMULATOR_RUN",
            "shared",
            "PARLEY_PROVIDERS",
            provider));
  }

  private void fail(SimulatorClient simulator) {
    JsonObject rates =
        new JsonObject()
            .put("500", 0.05)
            .put("429", 0.02)
            .put("reset", 0.02)
            .put("drop_reply", 0.03)
            .put("delay", 0.01)
            .put("silent", 0.002);
    JsonObject plan =
        new JsonObject()
            .put("rates", rates)
            .put("delay_ms", 300)
            .put("retry_after", 0)
            .put("seed", random.nextInt(1_000_000));
    simulator.ask("PUT", "/faults/sim-sms", plan);
  }

  private void judge(DeliveryFixture mail, SimulatorClient simulator, List<GatewayProcess> gateways)
      throws Exception {
    long began = System.nanoTime();
    List<Integer> ports =
        gateways.stream().map(gateway -> URI.create(gateway.url()).getPort()).toList();
    LoadSenders senders = new LoadSenders(ports, Long.toHexString(random.nextLong()));
    CompletableFuture<Void> sending = senders.start(SENDS / EACH, EACH);
    for (int kill = 1; kill <= KILLS; kill++) {
      int due = SENDS * kill / (KILLS + 1);
      eventually(
          due + " are accepted",
          simulator,
          () -> senders.accepted() >= due || sending.isCompletedExceptionally());
      GatewayProcess victim = gateways.get(random.nextInt(2));
      victim.kill();
      victim.start();
      victim.awaitReady();
    }
    eventually("all are accepted", simulator, sending::isDone);
    sending.join();
    long accepted = System.nanoTime();
    eventually(
        "nothing waits any more",
        simulator,
        () -> mail.one("select count(*) from outbox").equals("0"));
    eventually(
        "all callbacks have been made", simulator, () -> callbacks(simulator, "pending") == 0);
    assertThat(callbacks(simulator, "lost")).describedAs("lost callbacks").isZero();
    // a report about a conversation that was locked is applied by a sweep
    eventually(
        "the reports have been applied",
        simulator,
        () -> mail.one("select count(*) from delivery where state <> 'delivered'").equals("0"));
    long over = System.nanoTime();
    tail.read(simulator, requests);
    assertThat(mail.rows("select state, count(*) from delivery group by 1"))
        .describedAs("seed %d", seed)
        .containsExactly("delivered " + SENDS);
    assertExactlyOnceInOrder();
    System.out.printf(
        "accepted in %d s (%d asked again), over after %d s, %d requests, %s unknown, answers %s%n",
        TimeUnit.NANOSECONDS.toSeconds(accepted - began),
        senders.askedAgain(),
        TimeUnit.NANOSECONDS.toSeconds(over - began),
        requests.size(),
        mail.one("select sum(unknown) from delivery"),
        answers());
    assertThat(answers()).containsKeys("202", "500", "429", "null");
  }

  private static int callbacks(SimulatorClient simulator, String state) {
    return simulator.ask("GET", "/callbacks", null).getInteger(state);
  }

  private Map<String, Integer> answers() {
    Map<String, Integer> counts = new TreeMap<>();
    requests.forEach(
        each -> counts.merge(String.valueOf(each.getInteger("answer")), 1, Integer::sum));
    return counts;
  }

  private void assertExactlyOnceInOrder() {
    Map<String, Integer> last = new HashMap<>();
    int arrived = 0;
    for (JsonObject each : requests) {
      if (each.getBoolean("delivered")) {
        String to = each.getString("to");
        int seq = Integer.parseInt(each.getString("body").substring("body ".length()));
        assertThat(seq)
            .describedAs("what arrived next at %s; seed %d", to, seed)
            .isEqualTo(last.getOrDefault(to, 0) + 1);
        last.put(to, seq);
        arrived++;
      }
    }
    assertThat(arrived).describedAs("arrived; seed %d", seed).isEqualTo(SENDS);
    assertThat(last).hasSize(SENDS / EACH);
  }
}
