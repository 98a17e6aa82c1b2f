package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nodes that share a database, and nothing else: no news travels between them. */
@Tag("integration")
class NodesTest {
  private static final String ADMIN = TestGateway.basic("admin");
  private static TestGateway one;
  private static TestGateway two;

  @BeforeAll
  static void start() {
    String url = TestDatabase.fresh();
    one = new TestGateway(url);
    two = new TestGateway(url);
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
  }

  private static JsonArray nodes(TestGateway asked) {
    return asked.get(ADMIN, "/api/nodes").is(200).data();
  }

  private static JsonObject self(TestGateway asked) {
    return nodes(asked).stream()
        .map(JsonObject.class::cast)
        .filter(node -> node.getBoolean("self"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyNodeListsAllOfThem() {
    assertThat(nodes(one)).hasSizeGreaterThanOrEqualTo(2);
    assertThat(nodes(two)).hasSizeGreaterThanOrEqualTo(2);
    assertThat(self(one).getString("id")).isNotEqualTo(self(two).getString("id"));
    assertThat(self(one).getString("name")).endsWith(":" + one.port());
    assertThat(self(one).getString("state")).isEqualTo("up");
    JsonObject first = one.get(ADMIN, "/api/nodes?limit=1").is(200).json();
    String rest = "/api/nodes?limit=1&cursor=" + first.getString("next");
    JsonObject second = two.get(ADMIN, rest).is(200).json();
    assertThat(second.getValue("next")).isNull();
    assertThat(second.getJsonArray("data")).isNotEqualTo(first.getJsonArray("data"));
  }

  @Test
  void aNodeReportsItsSockets() {
    String dora = one.signUp("dora", "person");
    try (TestSocket socket = TestSocket.listening(one, dora)) {
      socket.ping();
      Await.until(
          "the socket is reported",
          () -> self(one).getInteger("sockets") > 0 && self(one).getInteger("users_online") > 0);
    }
  }

  @Test
  void whatIsPostedOnOneNodeIsHeardOnTheOther() {
    String ann = one.signUp("ann", "person");
    String bob = one.signUp("bob", "person");
    try (TestSocket socket = TestSocket.listening(two, bob)) {
      socket.ping();
      long joined = one.group(ann, "heard elsewhere", "bob");
      one.say(ann, joined, "first").is(201);
      socket.event("item.created", event -> event.getLong("conversation_id") == joined);

      one.say(ann, joined, "second").is(201);

      socket.event(
          "item.created", event -> event.getJsonObject("item").getString("body").equals("second"));
      assertThat(socket.isClosed()).isFalse();
      assertThat(socket.inbox().getFirst().getString("event")).isEqualTo("conversation.created");
      assertThat(socket.revs(joined)).containsExactly(1L, 2L, 3L);
    }
    Await.until(
        "the repairs are reported", () -> self(two).getJsonObject("news").getLong("repaired") >= 3);
  }

  @Test
  void aDrainedNodeLetsItsClientsGo() {
    TestGateway three = new TestGateway(one.databaseUrl());
    try (TestSocket socket = TestSocket.listening(three, one.signUp("cleo", "person"))) {
      socket.ping();

      String path = "/api/nodes/" + self(three).getString("id") + "/drain";
      assertThat(two.send("POST", ADMIN, path, null).is(202).json().getString("state"))
          .isEqualTo("draining");

      socket.until(socket::isClosed, "the socket is closed");
      assertThat(socket.closeCode()).isEqualTo(1012);
      three.get("", "/health/ready").is(503);
      assertThat(self(three).getString("state")).isEqualTo("draining");
      one.get("", "/health/ready").is(200);
    } finally {
      three.close();
    }
    String gone = "/api/nodes/0a3b5c1d-8f2e-4d69-9a57-3c1e7b2f4a60/drain";
    one.send("POST", ADMIN, gone, null).is(404);
    one.send("POST", ADMIN, "/api/nodes/none/drain", null).is(404);
  }

  @Test
  void aNodeThatStoppedIsNotListed() {
    TestGateway three = new TestGateway(one.databaseUrl());
    String id = self(three).getString("id");
    assertThat(nodes(one).encode()).contains(id);

    three.close();

    assertThat(nodes(one).encode()).doesNotContain(id);
  }
}
