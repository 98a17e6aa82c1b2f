package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonObject;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sockets of clients that cannot set headers, on two nodes that share a database. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class TicketsTest {
  private static final JsonObject NOTHING = new JsonObject();
  private static String url;
  private static TestGateway one;
  private static TestGateway two;
  private static String ann;

  @BeforeAll
  static void start(TestDatabase database, TestGateway first, TestGateway second) {
    url = database.url();
    one = first;
    two = second;
    ann = one.signUp("ann", "person");
  }

  private static String ticket(String authorization) {
    JsonObject made = one.post(authorization, "/api/live/tickets", null).is(201).json();
    assertThat(made.getInteger("expires_in")).isEqualTo(30);
    return made.getString("ticket");
  }

  private static TestSocket open(TestGateway node, String ticket) {
    return TestSocket.open(node, "/eventbus/websocket?ticket=" + ticket, "").join();
  }

  private static void isTurnedAway(TestGateway node, String ticket) {
    assertThatThrownBy(() -> open(node, ticket))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(401));
  }

  private static void inTheDatabase(String sql) {
    new TestDatabase(url).run(sql);
  }

  @Test
  void aTicketOpensOneSocketOnAnyNode() {
    String ticket = ticket("Bearer " + one.token("ann").getString("access_token"));
    try (TestSocket socket = open(two, ticket)) {
      JsonObject me = socket.ask(200, "getMe", NOTHING).getJsonObject("body");
      assertThat(me.getString("username")).isEqualTo("ann");
      socket.listen();
    }
    isTurnedAway(one, ticket);
    isTurnedAway(two, ticket);
  }

  @Test
  void invalidAndExpiredTicketsAreRefused() {
    isTurnedAway(one, "nonsense");
    isTurnedAway(one, "");
    String late = ticket(ann);
    inTheDatabase("update ticket set expires_at = clock_timestamp()");
    isTurnedAway(one, late);
  }

  @Test
  void socketsEndWithTheLoginThatRequestedTheirTicket() {
    JsonObject tokens = one.token("ann");
    String access = "Bearer " + tokens.getString("access_token");
    try (TestSocket socket = open(two, ticket(access));
        TestSocket other =
            open(two, ticket("Bearer " + one.token("ann").getString("access_token")))) {
      String unused = ticket(access);
      one.post(
              "",
              "/api/auth/revoke",
              new JsonObject().put("token", tokens.getString("access_token")))
          .is(200);
      assertThat(socket.closeCode()).isEqualTo(4401);
      other.ping();
      isTurnedAway(one, unused);
    }
  }

  @Test
  void aPasswordChangeInvalidatesTickets() {
    String pat = one.signUp("pat", "person");
    try (TestSocket socket = open(two, ticket(pat))) {
      String unused = ticket(pat);
      socket.ask(200, "getMe", NOTHING);
      one.send(
              "PATCH",
              pat,
              "/api/users/me",
              new JsonObject()
                  .put("password", "another one")
                  .put("current_password", TestGateway.PASSWORD))
          .is(200);
      assertThat(socket.closeCode()).isEqualTo(4401);
      isTurnedAway(one, unused);
    }
  }

  @Test
  void keysCanRequestTickets() {
    String admin = TestGateway.basic("admin@parley.local");
    JsonObject key = one.key(admin, "chat");
    try (TestSocket socket = open(two, ticket("Bearer " + key.getString("secret")))) {
      socket.ask(403, "getMe", NOTHING);
      socket.ask(200, "listConversations", NOTHING);
      one.delete(admin, "/api/keys/" + key.getLong("id")).is(204);
      assertThat(socket.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void anHttpSessionUsesItsTicketOnce() {
    String query = "?ticket=" + ticket(ann);
    assertThat(one.post("", "/eventbus/info", null).status()).isEqualTo(200);
    String session = "/eventbus/000/tickets/";
    assertThat(one.post("", session + "xhr" + query, null).body()).isEqualTo("o\n");
    String frame =
        new JsonObject()
            .put("type", "send")
            .put("address", "getMe")
            .put("body", NOTHING)
            .put("replyAddress", "r")
            .encode();
    String frames = new io.vertx.core.json.JsonArray().add(frame).encode();
    one.post("", session + "xhr_send" + query, frames).is(204);
    assertThat(one.post("", session + "xhr" + query, null).body()).contains("ann@example.org");
    one.post("", "/eventbus/000/another/xhr" + query, null).is(401);
  }
}
