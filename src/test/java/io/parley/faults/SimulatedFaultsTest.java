package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.BreakerState;
import io.parley.channel.ProviderStatus;
import io.parley.channel.RetrySchedule;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.ProviderKinds;
import io.parley.dispatch.ProviderListener;
import io.parley.settings.ProviderSettings;
import io.parley.simulator.SimulatorVerticle;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.GatewayProcess;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gateways and the simulator, which shares no code with them. What its ledger says was delivered is
 * what was delivered.
 */
@Tag("fault")
class SimulatedFaultsTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final RetrySchedule SOON =
      new RetrySchedule(Duration.ofMillis(20), Duration.ofMillis(200), 1_000);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int CONVERSATIONS = 150;

  private final long seed = Long.getLong("seed", System.nanoTime());

  /** More of the same; each round takes about half a minute. */
  private final int rounds = Integer.getInteger("rounds", 1);

  private final Random random = new Random(seed);
  private final String database = TestDatabase.fresh();
  private final DeliveryFixture mail = new DeliveryFixture(database);
  private final Vertx vertx = Vertx.vertx();
  @TempDir private Path folder;
  private String simulator;

  @BeforeEach
  void tell() {
    System.out.println("seed " + seed + " (-Dseed), rounds " + rounds + " (-Drounds)");
  }

  @AfterEach
  void check() {
    get(vertx.close());
    TimelineInvariants.check(database);
    mail.close();
  }

  private static <T> T get(io.vertx.core.Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void simulate(String gateway) {
    SimulatorVerticle verticle = new SimulatorVerticle("127.0.0.1", 0, gateway);
    get(vertx.deployVerticle(verticle));
    simulator = "http://127.0.0.1:" + verticle.port();
  }

  private JsonObject ask(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(simulator + path))
            .timeout(Duration.ofSeconds(10))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = CLIENT.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(200);
    return new JsonObject(response.body());
  }

  private List<JsonObject> ledger() throws Exception {
    List<JsonObject> entries = new ArrayList<>();
    String cursor = "";
    while (cursor != null) {
      JsonObject page =
          ask("GET", "/ledger?limit=200" + (cursor.isEmpty() ? "" : "&cursor=" + cursor), "");
      page.getJsonArray("data").forEach(each -> entries.add((JsonObject) each));
      cursor = page.getString("next");
    }
    return entries;
  }

  private void eventually(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.multipliedBy(rounds).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime() - end)
          .describedAs(
              "%s; seed %d; %s",
              what,
              seed,
              mail.rows("select state, error_code, count(*) from delivery group by 1, 2"))
          .isNegative();
      Thread.sleep(20);
    }
  }

  private int sent() {
    return Integer.parseInt(
        mail.one("select count(*) from delivery where state in ('sent', 'delivered')"));
  }

  private boolean isAllOver() {
    return mail.one("select count(*) from outbox").equals("0");
  }

  private void assertExactlyOnceInOrder(int messages) throws Exception {
    Set<String> references = new HashSet<>();
    Map<String, Integer> last = new HashMap<>();
    List<JsonObject> delivered =
        ledger().stream().filter(entry -> entry.getBoolean("delivered")).toList();
    for (JsonObject each : delivered) {
      assertThat(references.add(each.getString("reference")))
          .describedAs("is there twice; seed %d: %s", seed, each)
          .isTrue();
      int seq = Integer.parseInt(each.getString("body").substring("body ".length()));
      assertThat(seq)
          .describedAs("order; seed %d: %s", seed, each)
          .isEqualTo(last.getOrDefault(each.getString("to"), 0) + 1);
      last.put(each.getString("to"), seq);
    }
    assertThat(references).describedAs("seed %d", seed).hasSize(messages);
  }

  @Test
  void gatewaysThatAreKilledLoseNothingRepeatNothingAndKeepOrder() throws Exception {
    int each = 6 * rounds;
    int messages = CONVERSATIONS * each;
    mail.write(CONVERSATIONS, each);
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Map<String, String> settings =
        Map.of(
            "PARLEY_DATABASE_URL",
            database,
            "PARLEY_SIMULATOR_RUN",
            "shared",
            "PARLEY_PROVIDERS",
            "name=sim-sms,kind=json,channel=sms,url=http://127.0.0.1:%d,concurrency=16,rate=40,timeout=500ms"
                .formatted(port));
    try (GatewayProcess one = new GatewayProcess(folder.resolve("one"), settings);
        GatewayProcess two = new GatewayProcess(folder.resolve("two"), settings)) {
      List<GatewayProcess> nodes = List.of(one, two);
      SimulatorVerticle verticle = new SimulatorVerticle("127.0.0.1", port, one.url());
      get(vertx.deployVerticle(verticle));
      simulator = "http://127.0.0.1:" + port;
      ask("POST", "/callbacks", "{\"mode\":\"shuffled\",\"seed\":" + seed + "}");
      int kills = 3 * rounds;
      for (int kill = 1; kill <= kills; kill++) {
        fail(kill);
        int until = messages * kill / (kills + 1);
        eventually("some are sent", () -> sent() >= until);
        GatewayProcess victim = nodes.get(random.nextInt(2));
        victim.kill();
        victim.start();
      }
      fail(kills + 1);
      eventually("all are over", this::isAllOver);
      assertExactlyOnceInOrder(messages);
      assertThat(sent()).isEqualTo(messages);
      eventually(
          "all callbacks are over", () -> ask("GET", "/callbacks", "").getInteger("pending") == 0);
      assertThat(ask("GET", "/callbacks", "").getInteger("lost")).isZero();
      assertThat(mail.one("select count(*) from delivery where state <> 'delivered'"))
          .isEqualTo("0");
      System.out.printf(
          "%d messages, %d requests, %d kills, %s unknown attempts; callbacks %s%n",
          messages,
          ledger().size(),
          kills,
          mail.one("select sum(unknown) from delivery"),
          ask("GET", "/callbacks", ""));
    }
  }

  // turn by turn answers come too late, or just late; and the gateway is asked to wait, or not long
  private void fail(int turn) throws Exception {
    boolean even = turn % 2 == 0;
    ask(
        "PUT",
        "/faults/sim-sms",
        """
        {"rates":{"500":0.05,"429":%s,"503":0.02,"drop_reply":0.05,"reset":0.04,"delay":0.03},"seed":%d,"delay_ms":%d,"retry_after":%d}
        """
            .formatted(even ? "0.01" : "0.04", seed + turn, even ? 300 : 1_200, even ? 1 : 0));
  }

  private List<ProviderStatus> dispatch(TestStore node, String url) {
    List<ProviderStatus> changes = new CopyOnWriteArrayList<>();
    node.bus().subscribe(ProviderStatus.TOPIC, changes::add);
    ProviderSettings provider =
        new ProviderSettings("sim-sms", "json", false, url, 32, 0, Duration.ofMillis(300));
    node.deploy(
        new DispatchVerticle(
            List.of(provider), ProviderKinds.builtIn(), node.bus(), ProviderListener.none(), SOON));
    return changes;
  }

  private void opensSoon(List<ProviderStatus> changes, long began) throws Exception {
    eventually("the breaker opens", () -> !changes.isEmpty());
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    System.out.println("the breaker opened after " + took);
    // two seconds where nothing else runs; this machine may be busy with other tests
    assertThat(took).isLessThan(Duration.ofSeconds(6));
    assertThat(changes.getFirst().breaker()).isEqualTo(BreakerState.OPEN);
  }

  @Test
  void aTotalOutageCostsATenthOfAnAttemptAMessage() throws Exception {
    for (String outage : List.of("\"status\":500", "\"reset\":true")) {
      String fresh = TestDatabase.fresh();
      try (DeliveryFixture much = new DeliveryFixture(fresh);
          TestStore node = new TestStore(fresh)) {
        much.write(500, 1);
        simulate("http://127.0.0.1:1");
        ask("POST", "/callbacks", "{\"mode\":\"off\"}");
        ask("PUT", "/faults/sim-sms", "{\"script\":[{" + outage + "}],\"repeat\":true}");
        long began = System.nanoTime();
        List<ProviderStatus> changes = dispatch(node, simulator);
        opensSoon(changes, began);
        eventually(
            "it was tried again three times",
            () ->
                changes.stream().filter(each -> each.breaker() == BreakerState.OPEN).count() >= 3);
        ask("DELETE", "/faults/sim-sms", "");
        eventually("all are over", () -> much.one("select count(*) from outbox").equals("0"));
        assertExactlyOnceInOrder(500);
        assertThat(ledger()).describedAs(outage).hasSizeLessThanOrEqualTo(550);
      }
      TimelineInvariants.check(fresh);
    }
  }

  @Test
  void aProviderThatListensAndSaysNothingIsLeftAlone() throws Exception {
    mail.write(200, 1);
    try (Silence silence = new Silence();
        TestStore node = new TestStore(database)) {
      List<ProviderStatus> changes = dispatch(node, silence.url());
      opensSoon(changes, silence.firstCall());
      eventually(
          "it was tried again twice",
          () -> changes.stream().filter(each -> each.breaker() == BreakerState.OPEN).count() >= 3);
      assertThat(Integer.parseInt(mail.one("select sum(attempts) from delivery"))).isBetween(5, 20);
    }
  }

  /** Takes every call and says nothing. */
  private static final class Silence implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> calls = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Long> first = new CompletableFuture<>();

    Silence() throws IOException {
      server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(this::listen);
    }

    private void listen() {
      try {
        while (true) {
          calls.add(server.accept());
          first.complete(System.nanoTime());
        }
      } catch (IOException over) {
        // it was closed
      }
    }

    String url() {
      return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** When it was called first; waits for that. */
    long firstCall() throws Exception {
      return first.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket call : calls) {
        call.close();
      }
    }
  }
}
