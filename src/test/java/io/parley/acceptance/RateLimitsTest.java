package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.RawSocket;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How much a caller may ask of a node, and what it is told about that. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class RateLimitsTest {
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static final String WEBHOOK_SECRET = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final String SENDER = "+12016661111";

  @Test
  void aCallerHasOneLimitForEachClassOfWorkOverAllItsConnections(
      @WithSettings({"PARLEY_LIMITS_READ=4", "PARLEY_LIMITS_WRITE=20", "PARLEY_LIMITS_HEAVY=1"})
          TestGateway node) {
    String ann = node.signUp("ann", "person");
    String bob = node.signUp("bob", "person");

    for (int left = 3; left >= 2; left--) {
      Reply me = node.get(ann, "/api/users/me").is(200);
      assertThat(me.header("RateLimit-Limit")).isEqualTo("4");
      assertThat(me.header("RateLimit-Remaining")).isEqualTo(Integer.toString(left));
      assertThat(Integer.parseInt(me.header("RateLimit-Reset"))).isBetween(1, 60);
    }
    try (TestSocket socket = TestSocket.open(node, ann)) {
      socket.ask(200, "getMe", new JsonObject());
      socket.ask(200, "resume", new JsonObject());
      JsonObject problem = socket.ask(429, "getMe", new JsonObject()).getJsonObject("problem");
      assertThat(problem.getString("type")).isEqualTo("rate_limited");
      assertThat(problem.getInteger("retry_after")).isBetween(1, 15);
      socket.ask(429, "presence", new JsonObject().put("users", new JsonArray()));
    }
    Reply refused = node.get(ann, "/api/users/me").is(429, "rate_limited");
    assertThat(refused.header("RateLimit-Remaining")).isEqualTo("0");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 15);

    // other classes of work, and other callers, have limits of their own
    node.say(ann, "bob", "hello").is(201);
    node.get(ann, "/api/search?q=hello").is(200);
    node.get(ann, "/api/search?q=hello").is(429, "rate_limited");
    node.get(bob, "/api/users/me").is(200);
  }

  @Test
  void whoHasNoCredentialsCountsByAddressAndIsRefusedBeforeTheBodyIsSent(
      @WithSettings("PARLEY_LIMITS_WRITE=2") TestGateway node) throws Exception {
    for (int i = 0; i < 2; i++) {
      Reply answered =
          node.post("", "/api/auth/revoke", new JsonObject().put("token", "x")).is(200);
      assertThat(answered.header("RateLimit-Limit")).isEqualTo("2");
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      socket.setSoTimeout(30_000);
      String head =
          """
          POST /api/auth/token HTTP/1.1\r
          Host: localhost\r
          Content-Type: application/json\r
          Content-Length: 100000\r
          \r
          """;
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 429".length());
      assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 429");
    }
    // a wrong request is counted, too
    node.post("", "/api/auth/token", new JsonObject()).is(429, "rate_limited");
    // pages are not operations
    node.get("", "/health/ready").is(200);
  }

  @Test
  void theLimitOfSendingCountsDeliveriesByWhateverOperationTheyAreCaused(
      @WithSettings({"PARLEY_LIMITS_SEND=5", "PARLEY_SENDERS=" + SENDER}) TestGateway node) {
    String ann = node.signUp("ann", "person");
    long group = groupOfThreePhones(node);

    Reply sent = sendSms(node, phone(9)).is(202);
    assertThat(sent.header("RateLimit-Remaining")).isEqualTo("4");
    long external =
        node.get(ADMIN, "/api/conversations?kind=external").data().getJsonObject(0).getLong("id");
    node.say(ADMIN, external, "counts one").is(201);
    assertThat(sendSms(node, phone(9)).is(202).header("RateLimit-Remaining")).isEqualTo("2");
    node.say(ADMIN, group, "counts three, though two are left").is(201);

    // one is owed, so the next one takes two tokens of twelve seconds each
    Reply refused = node.say(ADMIN, group, "refused").is(429, "rate_limited");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 24);
    node.say(ADMIN, external, "refused").is(429, "rate_limited");
    sendSms(node, phone(8)).is(429, "rate_limited");
    try (TestSocket socket = TestSocket.open(node, ADMIN)) {
      JsonObject item =
          new JsonObject().put("ref", Long.toString(group)).put("type", "message").put("body", "x");
      socket.ask(429, "appendItem", item);
    }

    // what reaches nobody through a channel is not limited, and others have a limit of their own
    node.say(ADMIN, "ann", "hello").is(201);
    node.say(ADMIN, 4711, "nowhere").is(404);
    node.say(ann, group, "counts three").is(201);
  }

  /** A group of Ann, whose creator is the administrator, and three phones. */
  private static long groupOfThreePhones(TestGateway node) {
    JsonArray members = new JsonArray().add("ann");
    for (int i = 0; i < 3; i++) {
      members.add(
          new JsonObject().put("address", phone(i)).put("channel", "sms").put("via", SENDER));
    }
    JsonObject wanted =
        new JsonObject().put("kind", "group").put("name", "g").put("members", members);
    return node.post(ADMIN, "/api/conversations", wanted).is(201).json().getLong("id");
  }

  @Test
  void aRedriveCountsAsManyDeliveriesAsItRedrives(
      TestDatabase database,
      @WithSettings({"PARLEY_LIMITS_SEND=6", "PARLEY_SENDERS=" + SENDER}) TestGateway node) {
    String ann = node.signUp("ann", "person");
    node.say(ann, groupOfThreePhones(node), "to three phones").is(201);
    database.run("delete from outbox");
    database.run("update delivery set state = 'failed'");
    node.post(ADMIN, "/api/deliveries/redrive?state=failed&dry_run=true", null).is(202);
    Reply redriven = node.post(ADMIN, "/api/deliveries/redrive?state=failed", null).is(202);
    assertThat(redriven.json().getInteger("redriven")).isEqualTo(3);
    assertThat(sendSms(node, phone(9)).is(202).header("RateLimit-Remaining")).isEqualTo("1");
  }

  private static String phone(int number) {
    return "+1202555010" + number;
  }

  private static Reply sendSms(TestGateway node, String to) {
    JsonObject sms = new JsonObject().put("from", SENDER).put("to", to).put("type", "sms");
    return node.post(ADMIN, "/api/messages/sms", sms.put("body", "hello"));
  }

  @Test
  void signedWebhooksAreNotLimited(
      @WithSettings({
            "PARLEY_LIMITS_WRITE=1",
            "PARLEY_LIMITS_SEND=1",
            "PARLEY_WEBHOOK_SECRET=whsec_" + WEBHOOK_SECRET
          })
          TestGateway node)
      throws Exception {
    for (int i = 0; i < 5; i++) {
      JsonObject sms =
          new JsonObject()
              .put("from", phone(i))
              .put("to", SENDER)
              .put("type", "sms")
              .put("messaging_provider_id", "m" + i)
              .put("body", "hello");
      String at = Long.toString(Instant.now().getEpochSecond());
      Reply received =
          node.send(
                  "POST",
                  "",
                  "/api/webhooks/sms",
                  sms,
                  "webhook-id",
                  "w" + i,
                  "webhook-timestamp",
                  at,
                  "webhook-signature",
                  "v1," + signature("w" + i + "." + at + "." + sms.encode()))
              .is(200);
      assertThat(received.header("RateLimit-Limit")).isEmpty();
    }
    JsonObject token = new JsonObject().put("token", "x");
    node.post("", "/api/auth/revoke", token).is(200);
    node.post("", "/api/auth/revoke", token).is(429, "rate_limited");
  }

  private static String signature(String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(WEBHOOK_SECRET), "HmacSHA256"));
    return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aCallerHasABoundedNumberOfSocketsOnWhateverTransport(
      @WithSettings("PARLEY_LIMITS_SOCKETS=2") TestGateway node) throws IOException {
    String ann = node.signUp("ann", "person");
    String bob = node.signUp("bob", "person");
    String token = node.token("ann").getString("access_token");
    TestSocket first = TestSocket.open(node, ann).ping();
    node.post(ann, "/eventbus/000/second/xhr", "").is(200);

    assertThat(TestSocket.open(node, ann).closeCode()).isEqualTo(1008);
    String credentials = "Authorization: " + ann + "\r\n";
    try (RawSocket third = new RawSocket(node, "/eventbus/000/third/websocket", credentials)) {
      assertThat(third.end()).isEqualTo(1008);
    }
    TestSocket later = TestSocket.open(node, "");
    later.frame(
        new JsonObject()
            .put("type", "send")
            .put("address", "authenticate")
            .put("body", new JsonObject().put("token", token)));
    assertThat(later.closeCode()).isEqualTo(1008);
    String closed = node.post(ann, "/eventbus/000/fourth/xhr", "").is(200).body();
    assertThat(closed).startsWith("c[1008,\"you have too many sockets");

    // the socket of somebody else, and one in the place of one that has ended
    TestSocket.open(node, bob).ping();
    first.raw().sendClose(1000, "");
    Await.until("there is room again", () -> stays(TestSocket.open(node, ann)));
  }

  private static boolean stays(TestSocket socket) {
    socket.frame(new JsonObject().put("type", "ping"));
    socket.until(() -> socket.isClosed() || !socket.frames.isEmpty(), "a pong or the end");
    return !socket.isClosed();
  }

  @Test
  void withoutALimitNothingIsSaidOfIt(@WithSettings("PARLEY_LIMITS_READ=0") TestGateway node) {
    String ann = node.signUp("ann", "person");
    Reply me = node.get(ann, "/api/users/me").is(200);
    assertThat(me.header("RateLimit-Limit")).isEmpty();
  }
}
