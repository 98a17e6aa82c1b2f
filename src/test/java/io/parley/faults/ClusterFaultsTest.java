package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.ChildProcess;
import io.parley.testing.DatabaseProxy;
import io.parley.testing.GatewayProcess;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes of a cluster, of which one dies at the worst moment. */
@Tag("fault")
class ClusterFaultsTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int PORT_ONE = ChildProcess.freePorts(4);
  private static final int PORT_TWO = PORT_ONE + 2;

  @TempDir private Path folder;
  private final TestDatabase database = TestDatabase.durable();
  private final DatabaseProxy proxy = new DatabaseProxy(database.url());
  private GatewayProcess one;
  private GatewayProcess two;
  private long group;

  @BeforeEach
  void start() throws IOException {
    one = start("one", proxy.url(), PORT_ONE);
    two = start("two", database.url(), PORT_TWO);
    one.awaitReady();
    two.awaitReady();
    for (String name : new String[] {"ann", "bob"}) {
      JsonObject user =
          JsonObject.of(
              "name", name, "email", name + "@example.org", "password", "a good password");
      assertThat(post(two, "", "/api/users", user).statusCode()).isEqualTo(201);
    }
    JsonObject wanted =
        JsonObject.of("kind", "group", "name", "Team", "members", JsonArray.of("bob"));
    group = new JsonObject(post(two, "ann", "/api/conversations", wanted).body()).getLong("id");
    for (GatewayProcess node : new GatewayProcess[] {one, two}) {
      Await.until(() -> "the cluster is formed", PATIENCE, () -> clusterState(node).equals("up"));
    }
  }

  private GatewayProcess start(String name, String url, int clusterPort) throws IOException {
    return new GatewayProcess(
        folder.resolve(name),
        ChildProcess.freePort(),
        Map.of(
            "PARLEY_DATABASE_URL",
            url,
            "PARLEY_SIMULATOR_PORT",
            "0",
            "PARLEY_CLUSTER_ENABLED",
            "yes",
            "PARLEY_CLUSTER_HOST",
            "127.0.0.1",
            "PARLEY_CLUSTER_PORT",
            Integer.toString(clusterPort),
            "PARLEY_CLUSTER_MEMBERS",
            "127.0.0.1:" + PORT_ONE + ",127.0.0.1:" + PORT_TWO));
  }

  private static String clusterState(GatewayProcess node) throws IOException {
    return new JsonObject(send(request(node, "", "/health/ready")).body()).getString("cluster");
  }

  private static HttpRequest.Builder request(GatewayProcess node, String user, String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node.url() + path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json");
    return user.isEmpty() ? request : request.header("Authorization", UpgradeLoad.basic(user));
  }

  private static HttpResponse<String> post(
      GatewayProcess node, String user, String path, JsonObject body) throws IOException {
    return send(request(node, user, path).POST(BodyPublishers.ofString(body.encode())));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void stop() {
    one.close();
    two.close();
    proxy.close();
  }

  @Test
  void whatANodeCommittedBeforeItWasKilledIsHeardOnTheOther() throws Exception {
    String messages = "/api/conversations/" + group + "/messages";
    JsonObject last = JsonObject.of("body", "last words", "client_id", "last");
    URI at = URI.create(two.url() + "/eventbus/websocket");
    try (TestSocket socket = TestSocket.open(at, UpgradeLoad.basic("bob")).join().listen()) {
      // the reply to the commit never reaches the node, so it cannot have announced anything
      proxy.loseReplyOf("append_few_items", one::kill);

      var unanswered =
          CLIENT.sendAsync(
              request(one, "ann", messages).POST(BodyPublishers.ofString(last.encode())).build(),
              BodyHandlers.discarding());

      JsonObject event = socket.event("item.created", any -> true);
      assertThat(event.getJsonObject("item").getString("body")).isEqualTo("last words");
      assertThat(proxy.isHit()).isTrue();
      assertThat(socket.isClosed()).isFalse();
      Await.until("the client gets no answer", unanswered::isCompletedExceptionally);
      HttpResponse<String> repeated = post(two, "ann", messages, last);
      assertThat(new JsonObject(repeated.body()).getLong("seq"))
          .isEqualTo(event.getJsonObject("item").getLong("seq"));
    }
  }
}
