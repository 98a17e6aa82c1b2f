package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two gateways that exchange news. */
@Tag("fault")
class ClusterTest {
  private static final String ADMIN = TestGateway.basic("admin");
  private static final int PORT_ONE = ChildProcess.freePorts(4);
  private static final int PORT_TWO = PORT_ONE + 2;
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start() {
    String url = TestDatabase.fresh();
    one = new TestGateway(url, settings(PORT_ONE));
    two = new TestGateway(url, settings(PORT_TWO));
    for (TestGateway node : List.of(one, two)) {
      Await.until(
          () -> "the cluster is formed: " + node.get("", "/health/ready").body(),
          Duration.ofSeconds(60),
          () -> node.get("", "/health/ready").json().getString("cluster").equals("up"));
    }
  }

  private static Map<String, String> settings(int port) {
    return Map.of(
        "PARLEY_CLUSTER_ENABLED",
        "yes",
        "PARLEY_CLUSTER_HOST",
        "127.0.0.1",
        "PARLEY_CLUSTER_PORT",
        Integer.toString(port),
        "PARLEY_CLUSTER_MEMBERS",
        "127.0.0.1:" + PORT_ONE + ",127.0.0.1:" + PORT_TWO);
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
  }

  private static JsonObject self(TestGateway node) {
    return node.get(ADMIN, "/api/nodes").is(200).data().stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getBoolean("self"))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject news(TestGateway node) {
    return self(node).getJsonObject("news");
  }

  @Test
  void aUserIsOnlineAsLongAsSomeNodeHasThem() {
    String cleo = one.signUp("cleo", "person");
    JsonObject dora = new JsonObject().put("users", new JsonArray().add("dora"));
    String doras = one.signUp("dora", "person");
    try (TestSocket watcher = TestSocket.listening(two, cleo)) {
      watcher.ask("presence", dora);
      TestSocket phone = TestSocket.listening(one, doras);
      TestSocket laptop = TestSocket.listening(two, doras);
      watcher.event("presence", event -> isOnline(event));
      laptop.close();
      Await.until(
          "only the watcher is left there", () -> self(two).getInteger("users_online") == 1);
      try (TestSocket other = TestSocket.listening(two, cleo)) {
        assertThat(other.ask("presence", dora).encode()).contains("\"online\":true");
      }

      phone.close();

      watcher.event("presence", event -> !isOnline(event));
      assertThat(watcher.inbox("presence")).hasSize(2);
    }
  }

  private static boolean isOnline(JsonObject event) {
    return event.getJsonObject("presence").getBoolean("online");
  }

  @Test
  void typingReachesTheOtherNode() {
    String finn = one.signUp("finn", "person");
    String gus = one.signUp("gus", "person");
    long group = one.group(finn, "typing", "gus");
    try (TestSocket reader = TestSocket.listening(two, gus)) {
      reader.ping();
      try (TestSocket writer = TestSocket.listening(one, finn)) {
        writer.ask("typing", new JsonObject().put("ref", Long.toString(group)));
        reader.event("typing", event -> event.getJsonObject("typing").getBoolean("active"));
      }

      reader.event("typing", event -> !event.getJsonObject("typing").getBoolean("active"));
    }
  }

  @Test
  void newsArriveAtOnceAndNothingHasToBeRepaired() {
    String ann = one.signUp("ann", "person");
    String bob = one.signUp("bob", "person");
    long repaired = news(two).getLong("repaired");
    List<Long> revs = new ArrayList<>();
    try (TestSocket socket = TestSocket.listening(two, bob)) {
      socket.ping();
      long group = one.group(ann, "across nodes", "bob");
      revs.add(1L);
      for (int i = 1; i <= 50; i++) {
        one.say(ann, group, "message " + i).is(201);
        revs.add(i + 1L);
      }

      socket.until(() -> socket.revs(group).size() == 51, "all events arrive");

      assertThat(socket.revs(group)).isEqualTo(revs);
    }
    Await.until("the events are counted", () -> news(two).getLong("received") >= 50);
    assertThat(news(two).getLong("repaired")).isEqualTo(repaired);
    assertThat(two.get(ADMIN, "/metrics").is(200).body())
        .containsPattern("(?m)^parley_news_received_total [1-9]")
        .contains("parley_nodes 2.0", "parley_cluster_complete 1.0", "parley_news_gaps_total");
  }
}
