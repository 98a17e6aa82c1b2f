package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
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
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateway processes, one database, one simulator process: messages are sent over HTTP, the
 * provider fails in every way there is, gateways are killed. Afterwards the simulator's ledger says
 * what really arrived.
 */
@Tag("fault")
class LedgerOracleTest {
  /** {@code -Dsends=200000} for a long run. */
  private static final int SENDS = Integer.getInteger("sends", 20_000);

  private static final int EACH = 10;
  private static final int KILLS = 3;
  private static final int PATIENCE_SECONDS = 120 + SENDS / 100;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final String database = TestDatabase.fresh();
  private final List<JsonObject> requests = new ArrayList<>();
  private final SimulatorClient.Tail tail = new SimulatorClient.Tail("");
  @TempDir private Path folder;

  private void eventually(String what, SimulatorClient simulator, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(PATIENCE_SECONDS).toNanos();
    for (int look = 0; !condition.getAsBoolean(); look++) {
      assertThat(System.nanoTime() - end).describedAs("%s; seed %d", what, seed).isNegative();
      // before it forgets, and seldom enough to cost nothing
      if (look % 50 == 49) {
        tail.read(simulator, requests);
      }
      Thread.sleep(100);
    }
  }

  @Test
  void nothingIsLostOrThereTwiceAndOrderIsKeptWhileGatewaysAreKilled() throws Exception {
    System.out.println("seed " + seed + " (-Dseed), " + SENDS + " sends (-Dsends)");
    try (DeliveryFixture mail = new DeliveryFixture(database);
        SimulatorProcess process = new SimulatorProcess(folder)) {
      SimulatorClient simulator = process.simulated();
      simulator.withoutCallbacks();
      fail(simulator);
      try (GatewayProcess one = gateway("one", simulator);
          GatewayProcess two = gateway("two", simulator)) {
        List<GatewayProcess> gateways = List.of(one, two);
        one.ready();
        two.ready();
        judge(mail, simulator, gateways);
      }
    }
    TimelineInvariants.check(database);
  }

  private GatewayProcess gateway(String name, SimulatorClient simulator) throws Exception {
    String provider =
        "name=sim-sms,kind=json,channel=sms,url=%s,timeout=1s,concurrency=64"
            .formatted(simulator.url());
    return new GatewayProcess(
        folder.resolve(name),
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
      victim.ready();
    }
    eventually("all are accepted", simulator, sending::isDone);
    sending.join();
    long accepted = System.nanoTime();
    eventually(
        "nothing waits any more",
        simulator,
        () -> mail.one("select count(*) from outbox").equals("0"));
    long over = System.nanoTime();
    tail.read(simulator, requests);
    assertThat(mail.rows("select state, count(*) from delivery group by 1"))
        .describedAs("seed %d", seed)
        .containsExactly("sent " + SENDS);
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
