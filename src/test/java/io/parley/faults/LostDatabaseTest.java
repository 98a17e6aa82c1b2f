package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.FlakyNetwork;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A lost database: every caller gets 503 within two seconds, and the gateway recovers by itself.
 */
@Tag("fault")
class LostDatabaseTest {
  private final String url = TestDatabase.durable().url();
  private final Vertx vertx = Vertx.vertx();
  private FlakyNetwork line;
  private TestGateway node;
  private String ann;
  private long group;

  @BeforeEach
  void start() throws Exception {
    int port = URI.create(url).getPort();
    line = new FlakyNetwork(vertx, port);
    node =
        new TestGateway(
            url.replace(":" + port + "/", ":" + line.port() + "/"),
            Map.of("PARLEY_DATABASE_HEARTBEAT_TIMEOUT", "1200ms"));
    ann = node.signUp("ann", "person");
    group = node.group(ann, "team");
    node.say(ann, group, "before").is(201);
  }

  @AfterEach
  void stop() throws Exception {
    line.heal();
    node.close();
    Await.result(vertx.close());
  }

  @Test
  void aRefusedConnectionIsReportedAndRecovers() {
    line.refuse();
    answersEveryRequestInTime();
    line.heal();
    servesAgain();
  }

  @Test
  void aSilentConnectionIsReportedAndRecovers() {
    line.fallSilent();
    answersEveryRequestInTime();
    line.heal();
    servesAgain();
  }

  private void answersEveryRequestInTime() {
    long begin = System.nanoTime();
    List<CompletableFuture<TestGateway.Reply>> sends = new ArrayList<>();
    List<CompletableFuture<TestGateway.Reply>> reads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      JsonObject message = new JsonObject().put("body", "during").put("client_id", "during-" + i);
      sends.add(node.sendAsync("POST", ann, "/api/conversations/" + group + "/messages", message));
      reads.add(node.sendAsync("GET", ann, "/api/conversations/" + group, null));
      reads.add(node.sendAsync("GET", ann, "/api/users", null));
    }
    sends.forEach(each -> isAskedToRetry(each.join(), "unavailable", "outcome_unknown"));
    reads.forEach(each -> isAskedToRetry(each.join(), "unavailable"));
    // two seconds on a machine that does nothing else
    assertThat(System.nanoTime() - begin)
        .describedAs("nanoseconds until all were answered")
        .isLessThan(TimeUnit.SECONDS.toNanos(10));
    Await.until("the node is not ready", () -> node.get("", "/health/ready").status() == 503);
    node.get("", "/health/live").is(200);
  }

  private static void isAskedToRetry(TestGateway.Reply reply, String... types) {
    assertThat(reply.status()).describedAs(reply.body()).isEqualTo(503);
    assertThat(reply.json().getString("type")).isIn((Object[]) types);
    assertThat(reply.header("Retry-After")).isEqualTo("1");
  }

  private void servesAgain() {
    Await.until("the node is ready", () -> node.get("", "/health/ready").status() == 200);
    Await.until(
        "reads succeed", () -> node.get(ann, "/api/conversations/" + group).status() == 200);
    for (int i = 0; i < 40; i++) {
      JsonObject message = new JsonObject().put("body", "during").put("client_id", "during-" + i);
      assertThat(node.post(ann, "/api/conversations/" + group + "/messages", message).status())
          .isIn(200, 201);
    }
    assertThat(node.get(ann, "/api/conversations/" + group).json().getLong("last_seq"))
        .isEqualTo(41);
    TimelineInvariants.check(url);
  }
}
