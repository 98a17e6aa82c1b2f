package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs and their keys, on two nodes that share a database. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class KeysTest {
  private static final String ADMIN = TestGateway.basic("admin@parley.local");
  private static String url;
  private static TestGateway one;
  private static TestGateway two;
  private static String ann;
  private static String bob;

  @BeforeAll
  static void start(
      TestDatabase database,
      @WithSettings({"PARLEY_SENDERS=+12016661234", "PARLEY_ANALYTICS_ACCESS=user"})
          TestGateway first,
      TestGateway second) {
    url = database.url();
    one = first;
    two = second;
    ann = one.signUp("ann", "person");
    bob = one.signUp("bob", "person");
  }

  @AfterAll
  static void stop() {
    TimelineInvariants.check(url);
  }

  private static String bearer(JsonObject key) {
    return "Bearer " + key.getString("secret");
  }

  private static void invite(String owner, long group, JsonObject key) {
    one.send("PUT", owner, "/api/conversations/" + group + "/members/" + key.getLong("id"), null)
        .is(200);
  }

  private static List<Long> listed() {
    return one.get(ADMIN, "/api/keys?limit=200").is(200).data().stream()
        .map(each -> ((JsonObject) each).getLong("id"))
        .toList();
  }

  @Test
  void theSecretIsReturnedOnceAndNeverStored() throws Exception {
    JsonObject key = one.key(ADMIN, "chat", "admin", "chat");
    assertThat(key.getString("secret")).matches("pk_[A-Za-z0-9_-]{43}");
    assertThat(key.getJsonArray("scopes")).containsExactly("chat", "admin");
    Reply list = two.get(bearer(key), "/api/keys?limit=1").is(200);
    assertThat(list.body()).doesNotContain(key.getString("secret").substring(3));
    assertThat(((JsonObject) list.data().getValue(0)).fieldNames())
        .containsExactly("id", "name", "scopes", "created_at");
    String stored =
        "select k::text || a::text || p::text from api_key k join account a using (id) join party p using (id)";
    assertThat(new TestDatabase(url).rows(stored))
        .isNotEmpty()
        .noneMatch(row -> row.getFirst().contains(key.getString("secret").substring(3)));
  }

  @Test
  void keysAreListedByPageNewestFirst() {
    List<Long> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.addFirst(one.key(ADMIN, "chat").getLong("id"));
    }
    List<Long> seen = new ArrayList<>();
    String next = "";
    do {
      Reply page = one.get(ADMIN, "/api/keys?limit=2" + next).is(200);
      page.data().forEach(each -> seen.add(((JsonObject) each).getLong("id")));
      next =
          page.json().getString("next") == null ? "" : "&cursor=" + page.json().getString("next");
    } while (!next.isEmpty());
    assertThat(seen).containsSubsequence(made).doesNotHaveDuplicates();
    assertThat(seen).isEqualTo(listed());
  }

  @Test
  void aRepeatedCreationReturnsTheKeyWithoutItsSecret() {
    JsonObject wanted =
        new JsonObject()
            .put("name", "Once")
            .put("scopes", new JsonArray().add("chat").add("messages"));
    String[] header = {"Idempotency-Key", "once"};
    JsonObject made = one.send("POST", ADMIN, "/api/keys", wanted, header).is(201).json();
    JsonObject sameThing = wanted.copy().put("scopes", new JsonArray().add("messages").add("chat"));
    Reply again = two.send("POST", ADMIN, "/api/keys", sameThing, header).is(200);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    made.remove("secret");
    assertThat(again.json()).isEqualTo(made);
    one.send("POST", ADMIN, "/api/keys", wanted.copy().put("name", "Other"), header).is(409);
    one.send(
            "POST",
            ADMIN,
            "/api/conversations",
            new JsonObject().put("kind", "group").put("name", "Once"),
            header)
        .is(409);
    one.delete(ADMIN, "/api/keys/" + made.getLong("id")).is(204);
    one.send("POST", ADMIN, "/api/keys", wanted, header).is(404);
  }

  @Test
  void aChatKeyWritesInItsGroupsOnly() {
    JsonObject key = one.key(ADMIN, "chat");
    String robot = bearer(key);
    long group = one.group(ann, "with a robot", "bob");
    two.get(robot, "/api/conversations/" + group).is(404);
    invite(ann, group, key);
    JsonObject item = two.say(robot, group, "beep").is(201).json();
    assertThat(item.getJsonObject("author"))
        .isEqualTo(
            new JsonObject()
                .put("id", key.getLong("id"))
                .put("kind", "service")
                .put("name", "Robot")
                .put("handle", "key:" + key.getLong("id")));
    assertThat(one.get(bob, "/api/conversations/" + group).json().getLong("unread")).isEqualTo(1);
    one.say(robot, "bob", "psst").is(422, "counterpart_not_allowed");
    one.say(ann, "key:" + key.getLong("id"), "psst").is(422, "counterpart_not_allowed");
    one.post(robot, "/api/conversations", new JsonObject().put("kind", "direct").put("with", "bob"))
        .is(422, "counterpart_not_allowed");
    long own = one.group(robot, "of a robot", "bob");
    one.say(bob, own, "hello robot").is(201);
    two.send("PATCH", robot, "/api/conversations/" + own, new JsonObject().put("name", "Renamed"))
        .is(200);
    JsonObject outside =
        new JsonObject()
            .put("address", "+12025550123")
            .put("channel", "sms")
            .put("via", "+12025550199");
    one.send(
            "PATCH",
            robot,
            "/api/conversations/" + own,
            new JsonObject().put("add", new JsonArray().add(outside)))
        .is(403);
  }

  @Test
  void aKeyWithoutChatScopeCannotJoinGroups() {
    JsonObject key = one.key(ADMIN, "messages", "transfers", "analytics", "admin");
    long group = one.group(ann, "people", "bob");
    one.send("PUT", ann, "/api/conversations/" + group + "/members/" + key.getLong("id"), null)
        .is(422, "not_for_groups");
    one.post(
            bearer(key),
            "/api/conversations",
            new JsonObject().put("kind", "group").put("name", "mine"))
        .is(403);
  }

  @Test
  void aMessagesKeySeesExternalConversationsOnly() {
    String messages = bearer(one.key(ADMIN, "messages"));
    String chat = bearer(one.key(ADMIN, "chat"));
    JsonObject sms =
        new JsonObject()
            .put("from", "+18045551234")
            .put("to", "+12016661234")
            .put("type", "sms")
            .put("messaging_provider_id", "keys-1")
            .put("body", "anybody there?");
    long conversation =
        two.post(messages, "/api/webhooks/sms", sms).is(200).json().getLong("conversation_id");
    assertThat(one.get(messages, "/api/conversations/" + conversation).is(200).body())
        .contains("anybody there?");
    one.get(chat, "/api/conversations/" + conversation).is(404);
    one.get(ann, "/api/conversations/" + conversation).is(404);
    one.say(messages, conversation, "somebody").is(201);
  }

  @Test
  void aTransfersKeySettlesAnyTransferAndSeesThatItemOnly() {
    String settler = bearer(one.key(ADMIN, "transfers"));
    long group = one.group(ann, "money", "bob");
    String items = "/api/conversations/" + group + "/items";
    one.say(ann, group, "not yours").is(201);
    one.post(ann, items, AuthorizationTest.TRANSFER).is(201);
    two.get(settler, items + "/1").is(404);
    two.get(settler, items + "/2").is(200);
    two.get(settler, items).is(403);
    two.post(settler, items + "/1/state", new JsonObject().put("state", "succeeded")).is(404);
    two.post(settler, items + "/2/state", new JsonObject().put("state", "canceled")).is(403);
    JsonObject settled =
        two.post(settler, items + "/2/state", new JsonObject().put("state", "succeeded"))
            .is(200)
            .json();
    assertThat(settled.getJsonObject("transfer").getString("state")).isEqualTo("succeeded");
    assertThat(
            settled
                .getJsonObject("transfer")
                .getJsonArray("history")
                .getJsonObject(1)
                .getJsonObject("by")
                .getString("kind"))
        .isEqualTo("service");
    for (String other : List.of("chat", "messages", "analytics", "admin")) {
      assertThat(one.get(bearer(one.key(ADMIN, other)), items + "/2").status()).isIn(403, 404);
    }
  }

  @Test
  void anAnalyticsKeyReadsAnalyticsEvenWhenRestricted() {
    String counter = bearer(one.key(ADMIN, "analytics"));
    one.get(counter, "/api/analytics/users").is(200);
    two.get(counter, "/api/analytics/users").is(200);
    two.get(ann, "/api/analytics/users").is(403);
  }

  @Test
  void keysAreNeitherCountedNorListedAsUsers() {
    JsonObject key = one.key(ADMIN, "chat");
    long group = one.group(ann, "noise");
    invite(ann, group, key);
    one.say(bearer(key), group, "beep").is(201);
    assertThat(one.get(ann, "/api/analytics/users?limit=200").is(200).data().stream())
        .noneMatch(
            each ->
                ((JsonObject) each).getJsonObject("user").getLong("id").equals(key.getLong("id")));
    assertThat(one.get(ann, "/api/users?search=Robot").is(200).data()).isEmpty();
    one.get(ann, "/api/users/" + key.getLong("id")).is(404);
    one.get(ann, "/api/users/key:" + key.getLong("id")).is(404);
    one.get(TestGateway.basic("key:" + key.getLong("id")), "/api/users").is(401);
  }

  @Test
  void aKeyWorksOnSockets() {
    JsonObject key = one.key(ADMIN, "chat");
    long group = one.group(ann, "live");
    invite(ann, group, key);
    try (TestSocket byHeader = TestSocket.listening(two, bearer(key));
        TestSocket byFrame = TestSocket.open(one, "")) {
      JsonObject known =
          byFrame.ask(200, "authenticate", new JsonObject().put("token", key.getString("secret")));
      assertThat(known.getJsonObject("body").getJsonObject("party").getLong("id"))
          .isEqualTo(key.getLong("id"));
      byFrame.listen();
      byFrame.ask(201, "sendMessage", new JsonObject().put("ref", "" + group).put("body", "beep"));
      byFrame.event("item.created", any -> true);
      byHeader.ask(200, "listItems", new JsonObject().put("ref", "" + group));
    }
    try (TestSocket counter = TestSocket.open(one, bearer(one.key(ADMIN, "analytics")))) {
      counter.ask(200, "topUsers", new JsonObject());
      counter.ask(403, "presence", new JsonObject().put("users", new JsonArray().add("ann")));
      counter.ask(403, "resume", new JsonObject().put("positions", new JsonObject()));
      counter.ask(403, "getConversation", new JsonObject().put("ref", "" + group));
      counter.frame(new JsonObject().put("type", "register").put("address", "inbox"));
      counter.ping();
      assertThat(counter.frames)
          .anyMatch(
              frame ->
                  "err".equals(frame.getString("type"))
                      && "inbox".equals(frame.getString("address")));
    }
  }

  @Test
  void aDeletedKeyStopsWorkingOnEveryNodeWithinASecond() {
    JsonObject key = one.key(ADMIN, "chat", "messages");
    String robot = bearer(key);
    long group = one.group(robot, "orphan", "ann", "bob");
    one.get(robot, "/api/users").is(200);
    two.get(robot, "/api/users").is(200);
    try (TestSocket here = TestSocket.listening(one, robot);
        TestSocket there = TestSocket.listening(two, robot)) {
      one.delete(ADMIN, "/api/keys/" + key.getLong("id")).is(204);
      one.get(robot, "/api/users").is(401);
      long ended = System.nanoTime();
      Await.until("the other node knows", () -> two.get(robot, "/api/users").status() == 401);
      assertThat(java.time.Duration.ofNanos(System.nanoTime() - ended))
          .isLessThan(java.time.Duration.ofSeconds(3));
      assertThat(here.closeCode()).isEqualTo(4401);
      assertThat(there.closeCode()).isEqualTo(4401);
    }
    one.delete(ADMIN, "/api/keys/" + key.getLong("id")).is(404);
    assertThat(listed()).doesNotContain(key.getLong("id"));
    Await.until(
        "the other node knows",
        () ->
            one.get(ann, "/api/conversations/" + group)
                .json()
                .getJsonObject("owner")
                .getString("handle")
                .equals("ann"));
    assertThat(one.get(ann, "/api/conversations/" + group).json().getInteger("member_count"))
        .isEqualTo(2);
    one.send("PUT", ann, "/api/conversations/" + group + "/members/" + key.getLong("id"), null)
        .is(422, "not_for_groups");
  }

  @Test
  void invalidKeysAreRefused() {
    String good = one.key(ADMIN, "chat").getString("secret");
    for (String bad :
        List.of(
            "pk_",
            "pk_x",
            good + "x",
            good.substring(0, 45),
            good.toUpperCase(java.util.Locale.ROOT))) {
      one.get("Bearer " + bad, "/api/users").is(401);
    }
    one.get("Bearer " + good, "/api/users").is(200);
  }
}
