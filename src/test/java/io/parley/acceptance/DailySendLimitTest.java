package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How many messages leave from one of our addresses in a day, no matter who sends them and from
 * where.
 */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class DailySendLimitTest {
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static final String ONE = "+12016661111";
  private static final String OTHER = "+12016662222";
  private static final String SENDERS = "PARLEY_SENDERS=" + ONE + "," + OTHER;
  private static final String LIMIT = "PARLEY_LIMITS_SEND_DAY=5";

  private TestGateway left;
  private TestGateway right;

  @BeforeEach
  void start(
      @WithSettings({SENDERS, LIMIT}) TestGateway first,
      @WithSettings({SENDERS, LIMIT}) TestGateway second) {
    left = first;
    right = second;
  }

  private static JsonObject sms(String from, String to) {
    return new JsonObject().put("from", from).put("to", to).put("type", "sms").put("body", "hello");
  }

  private static String contact(int number) {
    return "+1202555010" + number;
  }

  private static CompletableFuture<Reply> send(TestGateway node, String from, int to) {
    return node.sendAsync(
        "POST",
        ADMIN,
        "/api/messages/sms",
        sms(from, contact(to)),
        "Idempotency-Key",
        from + "/" + to);
  }

  @Test
  void anAddressSendsExactlyAsMuchAsItMayOverAllNodes() {
    // opens some conversations, so that both ways of storing a message are used
    for (int i = 0; i < 2; i++) {
      send(left, ONE, i).join().is(202);
    }
    List<CompletableFuture<Reply>> asked = new ArrayList<>();
    for (int i = 2; i < 10; i++) {
      asked.add(send(i % 2 == 0 ? left : right, ONE, i));
    }
    List<Reply> answers = asked.stream().map(CompletableFuture::join).toList();
    assertThat(answers.stream().filter(each -> each.status() == 202)).hasSize(3);
    for (Reply refused : answers.stream().filter(each -> each.status() != 202).toList()) {
      refused.is(429, "send_limit_reached");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 86_400);
    }

    // what was refused has left nothing, and what was stored is found under its key
    assertThat(left.get(ADMIN, "/api/deliveries").data()).hasSize(5);
    assertThat(left.get(ADMIN, "/api/conversations?kind=external").data()).hasSize(5);
    send(right, ONE, 0).join().is(200);
    send(right, OTHER, 0).join().is(202);
  }

  /** Far from the limit, transactions do not wait for each other; near it, they count exactly. */
  @Test
  void manySendsAtOnceStopExactlyAtTheLimit(
      @WithSettings({SENDERS, "PARLEY_LIMITS_SEND_DAY=100"}) TestGateway first,
      @WithSettings({SENDERS, "PARLEY_LIMITS_SEND_DAY=100"}) TestGateway second) {
    List<CompletableFuture<Reply>> asked = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      TestGateway node = i % 2 == 0 ? first : second;
      asked.add(node.sendAsync("POST", ADMIN, "/api/messages/sms", sms(ONE, contact(i / 2 % 10))));
    }
    List<Integer> answers = asked.stream().map(each -> each.join().status()).toList();
    assertThat(answers).containsOnly(202, 429);
    assertThat(answers.stream().filter(each -> each == 202)).hasSize(100);
    send(first, OTHER, 0).join().is(202);
  }

  @Test
  void aMessageToAGroupCountsOnceForEachPhone() {
    JsonArray members = new JsonArray().add("ann");
    left.signUp("ann", "person");
    for (int i = 0; i < 3; i++) {
      members.add(
          new JsonObject().put("address", contact(i)).put("channel", "sms").put("via", ONE));
    }
    JsonObject wanted =
        new JsonObject().put("kind", "group").put("name", "g").put("members", members);
    long group = left.post(ADMIN, "/api/conversations", wanted).is(201).json().getLong("id");
    String ann = TestGateway.basic("ann");
    left.say(ann, group, "three").is(201);
    right.say(ann, group, "would be six").is(429, "send_limit_reached");
    send(right, ONE, 9).join().is(202);

    // a message that is received has nobody to refuse
    JsonObject received = sms(contact(0), ONE).put("messaging_provider_id", "in");
    JsonObject stored = right.post(ADMIN, "/api/webhooks/sms", received).is(200).json();
    assertThat(stored.getLong("conversation_id")).isEqualTo(group);
    JsonObject item = left.get(ADMIN, "/api/conversations/" + group + "/items/2").is(200).json();
    assertThat(item.getJsonArray("deliveries")).hasSize(2);
    for (Object each : item.getJsonArray("deliveries")) {
      JsonObject delivery = (JsonObject) each;
      assertThat(delivery.getString("state")).isEqualTo("failed");
      assertThat(delivery.getJsonObject("error").getString("code")).isEqualTo("send_limit");
    }
    send(right, ONE, 8).join().is(202);
    send(right, ONE, 7).join().is(429, "send_limit_reached");
  }
}
