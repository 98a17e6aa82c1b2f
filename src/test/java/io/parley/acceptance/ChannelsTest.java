package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.Concurrently;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Phones and mailboxes, as programs use them in the sandbox: without credentials, on two nodes. */
@Tag("integration")
class ChannelsTest {
  private static final String OURS = "+12016661234";
  private static final String CONTACT = "+18045551234";
  private static final int MIB = 1 << 20;
  private static final int PAGE = 4 * MIB;
  private static final Map<String, String> SANDBOX =
      Map.of(
          "PARLEY_MODE", "sandbox",
          "PARLEY_SIMULATOR_PORT", "0",
          "PARLEY_PROVIDERS", "name=none,kind=json,channel=sms,url=http://127.0.0.1:9");
  private static final String AT = "2024-11-01T14:00:00Z";

  private String url;
  private TestGateway one;
  private TestGateway two;

  @BeforeEach
  void start() {
    url = TestDatabase.fresh();
    one = new TestGateway(url, SANDBOX);
  }

  /** The second node, which most tests do without. */
  private synchronized TestGateway two() {
    if (two == null) {
      two = new TestGateway(url, SANDBOX);
    }
    return two;
  }

  @AfterEach
  void promisesHold() {
    one.close();
    if (two != null) {
      two.close();
    }
    TimelineInvariants.check(url);
  }

  private static JsonObject sms(String from, String to, String body) {
    return new JsonObject()
        .put("from", from)
        .put("to", to)
        .put("type", "sms")
        .put("body", body)
        .putNull("attachments")
        .put("timestamp", AT);
  }

  private static JsonObject mail(String from, String to, String body) {
    return new JsonObject()
        .put("from", from)
        .put("to", to)
        .put("body", body)
        .put("attachments", new JsonArray().add("https://example.com/attachment.pdf"))
        .put("timestamp", AT);
  }

  private Reply send(JsonObject sms) {
    return one.post("", "/api/messages/sms", sms);
  }

  private Reply receive(TestGateway node, JsonObject sms, String id) {
    return node.post("", "/api/webhooks/sms", sms.copy().put("messaging_provider_id", id));
  }

  private Reply receiveMail(JsonObject mail, String id) {
    return one.post("", "/api/webhooks/email", mail.copy().put("xillio_id", id));
  }

  private static List<String> bodies(Reply items) {
    return items.data().stream().map(each -> ((JsonObject) each).getString("body")).toList();
  }

  private void sixCalls() {
    JsonObject mms =
        sms(OURS, CONTACT, "an mms")
            .put("type", "mms")
            .put("attachments", new JsonArray().add("https://example.com/image.jpg"));
    send(sms(OURS, CONTACT, "hello")).is(202);
    send(mms).is(202);
    one.post(
            "",
            "/api/messages/email",
            mail(
                "[user@usehatchapp.com](mailto:user@usehatchapp.com)",
                "[contact@gmail.com](mailto:contact@gmail.com)",
                "hello <b>there</b>"))
        .is(202);
    receive(one, sms(CONTACT, OURS, "an answer"), "message-1").is(200);
    receive(one, mms.copy().put("from", CONTACT).put("to", OURS), "message-2").is(200);
    receiveMail(
            mail(
                "[contact@gmail.com](mailto:contact@gmail.com)",
                "[user@usehatchapp.com](mailto:user@usehatchapp.com)",
                "<html><body>html is <b>allowed</b> here <script>not()</script></body></html>"),
            "message-2")
        .is(200);
  }

  @Test
  void sixExampleCallsCreateTwoConversations() {
    sixCalls();
    JsonArray conversations = one.get("", "/api/conversations").is(200).data();
    assertThat(conversations.stream().map(each -> ((JsonObject) each).getLong("id")))
        .containsExactlyInAnyOrder(1L, 2L);
    JsonObject first = one.get("", "/api/conversations/1").is(200).json();
    assertThat(first.getString("kind")).isEqualTo("external");
    assertThat(first.getJsonObject("counterpart").getString("handle")).isEqualTo(CONTACT);
    assertThat(first.getLong("last_seq")).isEqualTo(4);
    assertThat(bodies(two().get("", "/api/conversations/1/messages").is(200)))
        .containsExactly("hello", "an mms", "an answer", "an mms");
    assertThat(one.get("", "/api/conversations/2/messages").is(200).data()).hasSize(2);
    sixCalls();
    assertThat(one.get("", "/api/conversations/1/messages").is(200).data()).hasSize(6);
    assertThat(one.get("", "/api/conversations/2/messages").is(200).data()).hasSize(3);
    assertThat(one.get("", "/api/conversations").is(200).data()).hasSize(2);
  }

  @Test
  void externalConversationsHaveFixedMembersAndTrackUnread() {
    receive(one, sms(CONTACT, OURS, "a question"), "question").is(200);
    String path = "/api/conversations/1";
    one.send("PATCH", "", path, new JsonObject().put("name", "x")).is(422, "not_a_group");
    one.send("PUT", "", path + "/members/admin", null).is(422, "not_a_group");
    one.delete("", path + "/members/admin").is(422, "not_a_group");
    assertThat(one.get("", path).json().getLong("unread")).isEqualTo(1);
    one.say("", 1, "an answer").is(201);
    assertThat(two().get("", path).json().getLong("unread")).isZero();
    receive(one, sms(CONTACT, OURS, "thanks"), "thanks").is(200);
    assertThat(two().get("", path).json().getLong("unread")).isEqualTo(1);
  }

  @Test
  void itemsCarryTheirOriginAndDeliveries() {
    JsonObject out = send(sms(OURS, "(804) 555-1234", "hello")).is(202).json();
    assertThat(out.getString("channel")).isEqualTo("sms");
    assertThat(out.getString("direction")).isEqualTo("outbound");
    assertThat(out.getString("sent_at")).isEqualTo("2024-11-01T14:00:00.000Z");
    assertThat(out.getJsonObject("author").getString("handle")).isEqualTo(OURS);
    JsonObject delivery = out.getJsonArray("deliveries").getJsonObject(0);
    assertThat(delivery.getJsonObject("to").getString("handle")).isEqualTo(CONTACT);
    assertThat(delivery.getString("state")).isEqualTo("queued");
    sixCalls();
    JsonObject in = one.get("", "/api/conversations/2/items/2").is(200).json();
    assertThat(in.getString("direction")).isEqualTo("inbound");
    assertThat(in.containsKey("deliveries")).isFalse();
    assertThat(in.getString("body")).contains("<script>");
    assertThat(in.getString("html")).contains("<b>allowed</b>").doesNotContain("script");
    assertThat(in.getJsonObject("author").getString("handle")).isEqualTo("contact@gmail.com");
    assertThat(one.get("", "/api/deliveries").is(200).data()).hasSize(4);
  }

  @Test
  void aWebhookRepeatedTwentyTimesOnTwoNodesCreatesOneItem() {
    List<CompletableFuture<JsonObject>> answers =
        IntStream.range(0, 20)
            .mapToObj(
                i ->
                    Concurrently.ask(
                        () ->
                            receive(i % 2 == 0 ? one : two(), sms(CONTACT, OURS, "once"), "same")
                                .is(200)
                                .json()))
            .toList();
    List<JsonObject> all = answers.stream().map(CompletableFuture::join).toList();
    assertThat(all.stream().map(each -> each.getString("id"))).containsOnly("1:1");
    assertThat(all.stream().filter(each -> !each.getBoolean("duplicate"))).hasSize(1);
    JsonObject elsewhere =
        receive(two(), sms("+13105550100", OURS, "the id decides"), "same").is(200).json();
    assertThat(elsewhere.getString("id")).isEqualTo("1:1");
    assertThat(
            receiveMail(mail("a@example.org", "b@example.org", "another"), "same")
                .is(200)
                .json()
                .getBoolean("duplicate"))
        .isFalse();
    assertThat(bodies(one.get("", "/api/conversations/1/messages"))).containsExactly("once");
  }

  @Test
  void firstContactFromBothSidesAtOnceIsOneConversation() {
    List<CompletableFuture<Reply>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int number = i;
      answers.add(
          Concurrently.ask(
              () ->
                  number % 2 == 0
                      ? send(sms(OURS, CONTACT, "out " + number)).is(202)
                      : receive(two(), sms(CONTACT, OURS, "in " + number), "m" + number).is(200)));
    }
    answers.forEach(CompletableFuture::join);
    assertThat(one.get("", "/api/conversations").data()).hasSize(1);
    assertThat(one.get("", "/api/conversations/1/messages").data()).hasSize(20);
    assertThat(one.get("", "/api/deliveries").data()).hasSize(10);
  }

  @Test
  void concurrentFirstContactsDoNotDisturbEachOther() {
    List<CompletableFuture<JsonObject>> answers =
        IntStream.range(0, 40)
            .mapToObj(
                i ->
                    Concurrently.ask(
                        () ->
                            receive(
                                    i % 2 == 0 ? one : two(),
                                    sms("+1310555%04d".formatted(i), OURS, "hello"),
                                    "m" + Math.max(i, 10))
                                .is(200)
                                .json()))
            .toList();
    Set<String> ids = new HashSet<>();
    answers.forEach(each -> ids.add(each.join().getString("id")));
    // eleven pairs were given one name for what they brought: it is one message
    assertThat(ids).hasSize(30);
    List<JsonObject> all =
        one.get("", "/api/conversations").data().stream().map(JsonObject.class::cast).toList();
    assertThat(all).hasSize(30).allMatch(each -> each.getInteger("last_seq") == 1);
    assertThat(all.stream().map(each -> each.getLong("id")).sorted())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 30).boxed().toList());
  }

  @Test
  void aPairOfAddressesHasOneConversationInEitherDirectionSpellingAndType() {
    send(sms(OURS, CONTACT, "a")).is(202);
    send(sms(CONTACT, OURS, "b")).is(202);
    send(sms("12016661234", "804-555-1234", "c")).is(202);
    receive(one, sms("+1 (804) 555 1234", OURS, "d"), "d").is(200);
    one.post(
            "",
            "/api/messages/email",
            mail("Ours <Desk@Example.org>", "Ann.B+tag@example.org", "e"))
        .is(202);
    receiveMail(mail("ann.b+TAG@EXAMPLE.org", "desk@example.org", "f"), "f").is(200);
    receiveMail(mail("ann.b@example.org", "desk@example.org", "g"), "g").is(200);
    send(sms(OURS, "12345", "short code")).is(202);
    assertThat(bodies(one.get("", "/api/conversations/1/messages")))
        .containsExactly("a", "b", "c", "d");
    assertThat(bodies(one.get("", "/api/conversations/2/messages"))).containsExactly("e", "f");
    assertThat(bodies(one.get("", "/api/conversations/3/messages"))).containsExactly("g");
    assertThat(bodies(one.get("", "/api/conversations/4/messages"))).containsExactly("short code");
  }

  @Test
  void agentRepliesAreSentFromTheLastUsedSenderAddress() {
    receive(one, sms(CONTACT, OURS, "help"), "help").is(200);
    Reply answer = one.say("", 1, "coming").is(201);
    JsonObject item = answer.json();
    assertThat(item.getString("channel")).isEqualTo("sms");
    assertThat(item.getString("direction")).isEqualTo("outbound");
    assertThat(item.getJsonObject("author").getString("handle")).isEqualTo(OURS);
    assertThat(one.get("", "/api/conversations/1").json().getLong("unread")).isZero();
    assertThat(
            item.getJsonArray("deliveries")
                .getJsonObject(0)
                .getJsonObject("to")
                .getString("handle"))
        .isEqualTo(CONTACT);
    one.send("PATCH", "", "/api/conversations/1/items/2", new JsonObject().put("body", "no"))
        .is(422, "already_sent");
    one.post("", "/api/conversations/1/read", new JsonObject().put("seq", 2)).is(200);
    assertThat(one.get("", "/api/conversations/1").json().getLong("unread")).isZero();
    one.post(
            "",
            "/api/conversations/1/items",
            new JsonObject()
                .put("type", "post")
                .put("post", new JsonObject().put("url", "https://example.com/post")))
        .is(201);
    assertThat(one.get("", "/api/deliveries").data()).hasSize(1);
  }

  @Test
  void usersDoNotSeeExternalConversations() {
    send(sms(OURS, CONTACT, "for agents only")).is(202);
    String ann = one.signUp("ann", "person");
    one.get(ann, "/api/conversations/1").is(404);
    one.get(ann, "/api/conversations/1/items").is(404);
    one.get(ann, "/api/conversations/1/items/1").is(404);
    one.get(ann, "/api/conversations/1/members").is(404);
    one.get(ann, "/api/conversations/1/changes?since=0").is(404);
    one.say(ann, 1, "me too").is(404);
    one.post(ann, "/api/conversations/1/read", new JsonObject().put("seq", 1)).is(404);
    assertThat(one.get(ann, "/api/conversations").data()).isEmpty();
    assertThat(one.get(ann, "/api/search?q=agents").data()).isEmpty();
    one.post(ann, "/api/messages/sms", sms(OURS, CONTACT, "me too")).is(403);
    receive(one, sms(CONTACT, OURS, "x"), "x").is(200);
    assertThat(one.get("", "/api/conversations/1/changes?since=0").is(200).data()).hasSize(3);
  }

  @Test
  void agentsReceiveExternalMessagesLive() {
    try (TestSocket agent = TestSocket.listening(one, "")) {
      receive(one, sms(CONTACT, OURS, "hello"), "live").is(200);
      agent.event(
          "item.created", each -> "hello".equals(each.getJsonObject("item").getString("body")));
      assertThat(agent.revs(1)).isEqualTo(List.of(1L, 2L));
      send(sms(OURS, CONTACT, "out")).is(202);
      agent.event(
          "item.created", each -> "out".equals(each.getJsonObject("item").getString("body")));
    }
  }

  @Test
  void agentsSeeTypingInConversationsWithoutItems() {
    receive(one, sms(CONTACT, OURS, "hello"), "before").is(200);
    try (TestSocket agent = TestSocket.listening(two(), "");
        TestSocket other = TestSocket.listening(two(), TestGateway.basic("admin@parley.local"))) {
      other.ask(204, "typing", new JsonObject().put("ref", 1));
      JsonObject typing = agent.event("typing", any -> true);
      assertThat(typing.getLong("conversation_id")).isEqualTo(1);
    }
  }

  private static JsonObject externalMember(String address, String channel, String via) {
    return new JsonObject().put("address", address).put("channel", channel).put("via", via);
  }

  private static List<String> recipients(JsonObject item) {
    return item.getJsonArray("deliveries").stream()
        .map(each -> ((JsonObject) each).getJsonObject("to").getString("handle"))
        .toList();
  }

  @Test
  void groupMessagesReachEachMemberOnTheirOwnChannel() {
    String ann = one.signUp("ann", "person");
    JsonObject group =
        new JsonObject()
            .put("kind", "group")
            .put("name", "mixed")
            .put(
                "members",
                new JsonArray()
                    .add("ann")
                    .add(externalMember(CONTACT, "sms", OURS))
                    .add(externalMember("Cleo <Cleo@example.org>", "email", "desk@example.org")));
    long id = one.post("", "/api/conversations", group).is(201).json().getLong("id");
    assertThat(one.get("", "/api/conversations/" + id).json().getInteger("member_count"))
        .isEqualTo(4);
    JsonObject said = one.say(ann, id, "to all of you").is(201).json();
    assertThat(said.getString("channel")).isEqualTo("chat");
    assertThat(recipients(said)).containsExactly(CONTACT, "cleo@example.org");
    JsonObject in = receive(two(), sms(CONTACT, OURS, "from my phone"), "g1").is(200).json();
    assertThat(in.getLong("conversation_id")).isEqualTo(id);
    JsonObject heard = one.get(ann, "/api/conversations/" + id + "/items/2").is(200).json();
    assertThat(heard.getString("direction")).isEqualTo("inbound");
    assertThat(recipients(heard)).containsExactly("cleo@example.org");
    one.post("", "/api/conversations", group.copy().put("name", "again")).is(409, "address_in_use");
    one.post(ann, "/api/conversations", group).is(403);
    assertThat(
            receive(two(), sms(CONTACT, "+12016661235", "another side"), "g2")
                .is(200)
                .json()
                .getLong("conversation_id"))
        .isNotEqualTo(id);
    String phone =
        one.get("", "/api/conversations/" + id + "/members").data().stream()
            .map(each -> ((JsonObject) each).getJsonObject("party"))
            .filter(party -> party.getString("kind").equals("phone"))
            .map(party -> party.getLong("id").toString())
            .findFirst()
            .orElseThrow();
    one.delete("", "/api/conversations/" + id + "/members/" + phone).is(204);
    assertThat(recipients(one.say(ann, id, "only cleo").is(201).json()))
        .containsExactly("cleo@example.org");
    assertThat(
            receive(two(), sms(CONTACT, OURS, "now for us alone"), "g3")
                .is(200)
                .json()
                .getLong("conversation_id"))
        .isNotEqualTo(id);
    one.send(
            "PATCH",
            "",
            "/api/conversations/" + id,
            new JsonObject()
                .put("add", new JsonArray().add(externalMember("+13105550100", "sms", OURS))))
        .is(200);
    assertThat(recipients(one.say(ann, id, "both").is(201).json()))
        .containsExactlyInAnyOrder("cleo@example.org", "+13105550100");
    JsonArray bad = new JsonArray().add(externalMember("ann", "sms", OURS));
    one.post("", "/api/conversations", group.copy().put("members", bad)).is(400);
  }

  @Test
  void aSendWithAnIdempotencyKeyCanBeRepeated() {
    JsonObject message = sms(OURS, CONTACT, "once").put("client_id", "key");
    send(message).is(202);
    assertThat(send(message).is(200).header("Idempotency-Replayed")).isEqualTo("true");
    send(message.copy().put("body", "other")).is(409);
    assertThat(one.get("", "/api/deliveries").data()).hasSize(1);
  }

  @Test
  void longEmailsAreStoredWholeAndReturnedTruncated() {
    try (TestSocket agent = TestSocket.listening(one, "")) {
      String body = "é".repeat(300_000);
      JsonObject mail = mail("ann@example.org", "desk@example.org", body).put("subject", "long");
      receiveMail(mail, "long").is(200);
      JsonObject event = agent.event("item.created", any -> true);
      assertThat(event.getBoolean("truncated")).isTrue();
      assertThat(event.getJsonObject("item").containsKey("body")).isFalse();
      JsonObject item = one.get("", "/api/conversations/1/items/1").is(200).json();
      assertThat(item.getString("body")).isEqualTo(body);
      assertThat(item.getString("subject")).isEqualTo("long");
    }
    one.post("", "/api/webhooks/email", "{\"from\":\"" + "x".repeat(7_000_000)).is(413);
    one.post("", "/api/webhooks/sms", "{\"from\":\"" + "x".repeat(1_400_000)).is(413);
  }

  /** What {@code path} lists, page by page; no page is much longer than it may be. */
  private List<Long> pages(String path) {
    List<Long> seqs = new ArrayList<>();
    String cursor = "";
    do {
      String rest =
          cursor.isEmpty() ? path : path.replaceAll("&(after|order|cursor)=[^&]*", "") + cursor;
      Reply page = one.get("", rest).is(200);
      assertThat(page.body().length()).isLessThan(PAGE + 2 * MIB);
      page.data().forEach(each -> seqs.add(((JsonObject) each).getLong("seq")));
      String next = page.json().getString("next");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    return seqs;
  }

  @Test
  void pagesOfLongEmailsEndEarly() {
    String half = "<i>needle</i> " + "x".repeat(MIB / 2);
    for (int i = 1; i <= 9; i++) {
      receiveMail(mail("ann@example.org", "desk@example.org", half + i), "m" + i).is(200);
    }
    JsonObject latest =
        one.get("", "/api/conversations")
            .is(200)
            .data()
            .getJsonObject(0)
            .getJsonObject("latest_item");
    assertThat(latest.getBoolean("truncated")).isTrue();
    assertThat(latest.getLong("seq")).isEqualTo(9);
    assertThat(latest.containsKey("body") || latest.containsKey("html")).isFalse();
    List<Long> all = LongStream.rangeClosed(1, 9).boxed().toList();
    assertThat(pages("/api/conversations/1/items?limit=200")).isEqualTo(all);
    assertThat(pages("/api/conversations/1/messages?limit=4&after=2")).isEqualTo(all.subList(2, 9));
    assertThat(pages("/api/conversations/1/items?limit=200&order=desc")).isEqualTo(all.reversed());
    JsonObject detail = one.get("", "/api/conversations/1").is(200).json();
    assertThat(detail.getJsonObject("latest_item").getBoolean("truncated")).isTrue();
    JsonObject newest = detail.getJsonObject("items");
    List<Long> seqs = new ArrayList<>(seqs(newest.getJsonArray("data")));
    seqs.addAll(
        0,
        pages("/api/conversations/1/items?limit=50&cursor=" + newest.getString("next")).reversed());
    assertThat(seqs).isEqualTo(all);
    Await.until(
        "everything is indexed",
        () -> one.get("", "/api/search?q=needle&limit=1").is(200).json().getLong("behind") == 0);
    assertThat(pages("/api/search?q=needle&limit=200")).isEqualTo(all.reversed());
  }

  private static List<Long> seqs(JsonArray items) {
    return items.stream().map(each -> ((JsonObject) each).getLong("seq")).toList();
  }

  @Test
  void historyPagesAreFullHoweverLongTheEmails() {
    for (int i = 1; i <= 6; i++) {
      receiveMail(mail("ann@example.org", "desk@example.org", "x".repeat(MIB - 1) + i), "m" + i)
          .is(200);
    }
    List<JsonObject> page =
        one.get("", "/history/1?limit=200").is(200).data().stream()
            .map(JsonObject.class::cast)
            .toList();
    assertThat(page.stream().map(each -> each.getString("id")))
        .containsExactly("1:1", "1:2", "1:3", "1:4", "1:5", "1:6");
    assertThat(page.stream().map(each -> each.getString("text").length()))
        .containsExactly(MIB, MIB, MIB, MIB, 0, 0);
    assertThat(page.stream().map(each -> each.getBoolean("truncated", false)))
        .containsExactly(false, false, false, false, true, true);
    JsonArray rest = one.get("", "/history/1?limit=200&offset=4").is(200).data();
    assertThat(rest.getJsonObject(1).getString("text")).endsWith("x6");
  }

  @Test
  void theChangeFeedOfLongEmailsIsReturnedInParts() {
    for (int i = 1; i <= 140; i++) {
      receiveMail(mail("ann@example.org", "desk@example.org", "x".repeat(31_000)), "m" + i).is(200);
    }
    List<Long> revs = new ArrayList<>();
    long since = 0;
    boolean more = true;
    int parts = 0;
    while (more) {
      Reply feed = one.get("", "/api/conversations/1/changes?since=" + since).is(200);
      assertThat(feed.body().length()).isLessThan(PAGE + MIB);
      feed.data().forEach(each -> revs.add(((JsonObject) each).getLong("rev")));
      since = feed.json().getLong("rev");
      more = feed.json().getBoolean("more", false);
      parts++;
    }
    assertThat(parts).isEqualTo(2);
    assertThat(revs).isEqualTo(LongStream.rangeClosed(1, 141).boxed().toList());
  }

  @Test
  @Timeout(60)
  void malformedHtmlDoesNotBlockOtherRequests() {
    receiveMail(mail("ann@example.org", "desk@example.org", "<a".repeat(MIB / 2)), "m").is(200);
  }

  private Reply receiveRaw(String path, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
    return one.send("POST", "", path, bytes, "Content-Type", "application/json");
  }

  @Test
  void webhooksAcceptAnyCharacters() {
    String sms =
        "{\"from\":\"%s\",\"to\":\"%s\",\"messaging_provider_id\":\"\\u0000%%s\",\"body\":\"%%s\",\"\\ud800\":[{\"\\u0000\":{}}]}"
            .formatted(CONTACT, OURS);
    List<String> bodies =
        List.of(
            "a\\u0000b",
            "a\\ud800b",
            "a\\udc00\\ud800b",
            "a\u00ffb",
            "a\u0000b",
            "a\tb",
            "a\",\"body\":\"b");
    for (int i = 0; i < bodies.size(); i++) {
      receiveRaw("/api/webhooks/sms?route=1", sms.formatted("m" + i, bodies.get(i))).is(200);
    }
    receiveRaw("/api/webhooks/sms", sms.formatted("m0", "again")).is(200);
    assertThat(bodies(one.get("", "/api/conversations/1/messages")))
        .containsExactly(
            "a\ufffdb", "a\ufffdb", "a\ufffd\ufffdb", "a\ufffdb", "a\ufffdb", "a\tb", "b");
    receiveRaw(
            "/api/webhooks/email",
            "{\"from\":\"\u00e4\\u0000 <ann@example.org>\",\"to\":\"desk@example.org\",\"xillio_id\":\"\\ud800\",\"subject\":\"\\ud800\u00ff\",\"body\":\"<b>\\u0000</b>\"}")
        .is(200);
    JsonObject mail = one.get("", "/api/conversations/2/items/1").is(200).json();
    assertThat(mail.getString("subject")).isEqualTo("\ufffd\ufffd");
    assertThat(mail.getString("html")).isEqualTo("<b>&#xfffd;</b>");
    receiveRaw(
            "/api/webhooks/status",
            "{\"provider\":\"none\",\"id\":\"\\u0000\",\"state\":\"failed\",\"state\":\"sent\",\"message\":\"\u00ff\\ud800\"}")
        .is(204);
  }

  @Test
  void timestampsMayHaveAnyOffset() {
    Map<String, String> times =
        Map.of(
            "2024-11-01T14:00:00Z", "2024-11-01T14:00:00.000Z",
            "2024-11-01t14:00:00.123456z", "2024-11-01T14:00:00.123Z",
            "2024-11-01T14:00:00-00:00", "2024-11-01T14:00:00.000Z",
            "2024-11-01T19:45:00+05:45", "2024-11-01T14:00:00.000Z",
            "2024-11-01T00:00:00-1400", "2024-11-01T14:00:00.000Z",
            "2024-11-01T16:00+02", "2024-11-01T14:00:00.000Z");
    int seq = 0;
    for (Map.Entry<String, String> each : times.entrySet()) {
      JsonObject message = sms(CONTACT, OURS, "x").put("timestamp", each.getKey());
      receive(one, message, each.getKey()).is(200);
      assertThat(one.get("", "/api/conversations/1/items/" + ++seq).json().getString("sent_at"))
          .isEqualTo(each.getValue());
    }
    for (String bad :
        List.of("2024-11-01T14:00:00", "+12024-11-01T14:00:00Z", "-0001-11-01T14:00:00Z")) {
      receive(one, sms(CONTACT, OURS, "x").put("timestamp", bad), bad).is(400);
    }
  }

  @Test
  void attachmentsMayBePresentEmptyNullOrAbsent() {
    JsonObject sms = sms(CONTACT, OURS, "");
    receive(one, sms, "null").is(200);
    receive(one, sms.copy().put("attachments", new JsonArray()), "empty").is(200);
    sms.remove("attachments");
    receive(one, sms, "absent").is(200);
    sms.remove("body");
    receive(one, sms.copy().put("attachments", new JsonArray().add("https://example.com/a")), "one")
        .is(200);
    assertThat(one.get("", "/api/conversations/1/messages").data()).hasSize(4);
  }

  @Test
  void impossibleTimestampsAreRefused() {
    for (String time :
        List.of(
            "-0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "+10000-01-01T00:00:00Z",
            "2024-11-01")) {
      receive(one, sms(CONTACT, OURS, "x").put("timestamp", time), "bad").is(400);
      send(sms(OURS, CONTACT, "x").put("timestamp", time)).is(400);
    }
    send(sms(OURS, CONTACT, "x").put("timestamp", "0001-01-01T00:00:00Z")).is(202);
    send(sms(OURS, CONTACT, "x").put("timestamp", "9999-12-31T23:59:59Z")).is(202);
    try (DeliveryFixture store = new DeliveryFixture(url)) {
      store.run(
          "update item set payload = jsonb_set(payload, '{mail,sent_at}', '\"///1-12-31T23:00:00.000Z\"') where seq = 1");
    }
    assertThat(bodies(one.get("", "/api/conversations/1/messages").is(200)))
        .containsExactly("x", "x");
    one.get("", "/api/conversations").is(200);
  }

  @Test
  void malformedHtmlIsSanitizedQuickly() {
    JsonObject mail = mail("ann@example.org", "desk@example.org", "<a".repeat(200_000));
    receiveMail(mail, "half").is(200);
    receiveMail(mail.copy().put("body", "<a".repeat(1_000) + "<b>x</b>"), "whole").is(200);
    assertThat(one.get("", "/api/conversations/1/items/1").json().containsKey("html")).isFalse();
    assertThat(one.get("", "/api/conversations/1/items/2").json().getString("html")).contains("x");
  }

  @Test
  void aGroupHoldsUpToTwoHundredExternalMembers() {
    JsonArray phones = new JsonArray();
    for (int i = 0; i < 201; i++) {
      phones.add(externalMember("+1555000%04d".formatted(i), "sms", OURS));
    }
    JsonObject group =
        new JsonObject().put("kind", "group").put("name", "many").put("members", phones);
    one.post("", "/api/conversations", group).is(422, "group_full");
    Object last = phones.remove(200);
    long id = one.post("", "/api/conversations", group).is(201).json().getLong("id");
    JsonObject another = new JsonObject().put("add", new JsonArray().add(last));
    one.send("PATCH", "", "/api/conversations/" + id, another).is(422, "group_full");
    assertThat(one.get("", "/api/conversations/" + id).json().getInteger("member_count"))
        .isEqualTo(201);
  }

  @Test
  void mailboxesAreCaseInsensitive() {
    JsonObject group =
        new JsonObject()
            .put("kind", "group")
            .put("name", "g")
            .put(
                "members",
                new JsonArray()
                    .add(externalMember("ann@example.org", "email", "Desk@example.org")));
    long id = one.post("", "/api/conversations", group).is(201).json().getLong("id");
    assertThat(
            receiveMail(mail("Ann@example.org", "dESK@example.org", "x"), "c")
                .is(200)
                .json()
                .getLong("conversation_id"))
        .isEqualTo(id);
    group
        .getJsonArray("members")
        .set(0, externalMember("ANN@example.org", "email", "desk@example.org"));
    one.post("", "/api/conversations", group).is(409, "address_in_use");
    one.say("", id, "to ann").is(201);
    one.post("", "/api/messages/email", mail("desk@example.org", "Ann@example.org", "y")).is(202);
    try (DeliveryFixture store = new DeliveryFixture(url)) {
      assertThat(store.one("select count(distinct queue) from outbox")).isEqualTo("1");
    }
  }

  @Test
  void idempotencyKeysAreScopedToTheirCallerAcrossOperations() {
    JsonObject message = sms(OURS, CONTACT, "once").put("client_id", "key");
    JsonObject group = new JsonObject().put("kind", "group").put("name", "g");
    send(message).is(202);
    send(message.copy().put("to", "+13105550100")).is(409);
    send(message.copy().put("from", CONTACT).put("to", OURS)).is(409);
    one.post(
            "",
            "/api/messages/email",
            mail("a@example.org", "b@example.org", "x").put("client_id", "key"))
        .is(409);
    one.send("POST", "", "/api/conversations", group, "Idempotency-Key", "key").is(409);
    one.send("POST", "", "/api/conversations", group, "Idempotency-Key", "group").is(201);
    send(message.copy().put("client_id", "group")).is(409);
    assertThat(send(message).is(200).json().getString("body")).isEqualTo("once");
    String admin = TestGateway.basic("admin@parley.local");
    one.post(admin, "/api/messages/sms", message).is(202);
    one.post(admin, "/api/messages/sms", message).is(200);
    assertThat(one.get("", "/api/deliveries").data()).hasSize(2);
  }

  @Test
  void concurrentSendsWithOneKeyOnTwoNodesSendOnce() {
    List<CompletableFuture<Reply>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      JsonObject message =
          sms(OURS, i % 4 < 2 ? CONTACT : "+13105550100", "once").put("client_id", "key");
      TestGateway node = i % 2 == 0 ? one : two();
      answers.add(Concurrently.ask(() -> node.post("", "/api/messages/sms", message)));
    }
    List<Integer> statuses = answers.stream().map(each -> each.join().status()).sorted().toList();
    assertThat(statuses.stream().filter(status -> status == 202)).hasSize(1);
    assertThat(statuses.stream().filter(status -> status == 200)).hasSize(9);
    assertThat(statuses.stream().filter(status -> status == 409)).hasSize(10);
    assertThat(one.get("", "/api/deliveries").data()).hasSize(1);
  }

  @Test
  void providersAreListedByPage() {
    JsonObject all = one.get("", "/api/providers?limit=1").is(200).json();
    assertThat(all.getJsonArray("data")).hasSize(1);
    assertThat(all.getString("next")).isNull();
    one.get("", "/api/providers?cursor=x").is(400);
  }

  @Test
  void groupMembersCanBeReachedFromAnotherSenderAddress() {
    JsonObject group = new JsonObject().put("kind", "group").put("name", "g");
    JsonObject other = new JsonObject();
    JsonArray members = new JsonArray().add(externalMember(CONTACT, "sms", OURS));
    long id =
        one.post("", "/api/conversations", group.put("members", members))
            .is(201)
            .json()
            .getLong("id");
    other.put("add", new JsonArray().add(externalMember(CONTACT, "sms", "+12016661235")));
    one.send("PATCH", "", "/api/conversations/" + id, other).is(200);
    assertThat(one.get("", "/api/conversations/" + id + "/members").data().toString())
        .contains("+12016661235")
        .doesNotContain(OURS);
    assertThat(
            receive(one, sms(CONTACT, "+12016661235", "x"), "new")
                .is(200)
                .json()
                .getLong("conversation_id"))
        .isEqualTo(id);
    assertThat(
            receive(one, sms(CONTACT, OURS, "x"), "old").is(200).json().getLong("conversation_id"))
        .isNotEqualTo(id);
  }

  @Test
  void messagesWithoutVisibleContentAreRefused() {
    for (String blank : List.of(" ", "\u00a0", "\u200b", "\u2028\u00ad")) {
      send(sms(OURS, CONTACT, blank)).is(400);
    }
    JsonObject mail = mail("desk@example.org", "ann@example.org", "x").put("subject", " \u200b");
    JsonObject item = one.post("", "/api/messages/email", mail).is(202).json();
    assertThat(item.containsKey("subject")).isFalse();
  }

  @Test
  void inboundMessagesMayBeEmpty() {
    JsonObject empty = sms(CONTACT, OURS, "");
    empty.remove("body");
    receive(one, empty, "missing").is(200);
    receive(one, empty.copy().putNull("body"), "null").is(200);
    assertThat(bodies(one.get("", "/api/conversations/1/messages"))).containsExactly("", "");
  }

  @Test
  void agentsCanDeleteAMessageBeforeItIsDispatched() {
    receive(one, sms(CONTACT, OURS, "help"), "help").is(200);
    one.say("", 1, "a slip").is(201);
    assertThat(one.delete("", "/api/conversations/1/items/2").is(200).json().getBoolean("deleted"))
        .isTrue();
    one.delete("", "/api/conversations/1/items/1").is(403);
  }

  @Test
  void theLengthOfAnEmailIsThatOfItsText() {
    JsonObject mail = mail("ann@example.org", "desk@example.org", "\"".repeat(1_048_576));
    receiveMail(mail, "quotes").is(200);
    one.post("", "/api/messages/email", mail).is(202);
    String escaped =
        mail.copy()
            .put("body", "@")
            .put("xillio_id", "escaped")
            .encode()
            .replace("\"@\"", "\"" + "\\u00e9".repeat(524_288) + "\"");
    one.send("POST", "", "/api/webhooks/email", escaped, "Content-Type", "application/json")
        .is(200);
    receiveMail(mail.copy().put("body", "\u00e9".repeat(524_289)), "long").is(400);
    receiveMail(mail.copy().put("body", "x".repeat(1_048_577)), "long").is(400);
  }

  @Test
  void aSubjectIsOneLineAndAttachmentsAreHttp() {
    JsonObject mail = mail("desk@example.org", "ann@example.org", "x");
    for (String subject : List.of("a\r\nBcc: eve@example.org", "a\nb", "a\u2028b")) {
      one.post("", "/api/messages/email", mail.copy().put("subject", subject)).is(400, "invalid");
    }
    JsonObject item = receiveMail(mail.copy().put("subject", "folded\r\n line"), "folded").json();
    assertThat(
            one.get("", "/api/conversations/1/items").data().getJsonObject(0).getString("subject"))
        .describedAs(item.encode())
        .isEqualTo("folded  line");
    for (String url :
        List.of(
            "//evil.example/x",
            "/etc/passwd",
            "javascript:alert(1)",
            "a b",
            "file:///x",
            "http:///x")) {
      one.post("", "/api/messages/email", mail.copy().put("attachments", new JsonArray().add(url)))
          .is(400, "invalid");
    }
  }

  @Test
  void unreadableWebhooksStoreNothing() {
    JsonObject good = sms(OURS, CONTACT, "x");
    send(good.copy().putNull("from")).is(400);
    send(good.copy().put("attachments", "none")).is(400);
    JsonArray many = new JsonArray();
    IntStream.range(0, 1_000).forEach(i -> many.add("https://example.com/" + i));
    send(good.copy().put("attachments", many)).is(400);
    send(good.copy().put("to", OURS)).is(422, "self_conversation");
    send(good.copy().put("body", "").putNull("attachments")).is(400);
    send(good.copy().put("unknown", 1)).is(400);
    receive(one, good.copy().put("unknown", 1), "fine").is(200);
    one.send("POST", "", "/api/webhooks/sms", "{", "Content-Type", "application/json").is(400);
    one.send("POST", "", "/api/webhooks/sms", "a=b", "Content-Type", "text/plain").is(415);
    assertThat(one.get("", "/api/conversations").data()).hasSize(1);
  }

  @Test
  void outboundItemsNameWhoSentThemAndCountAsReadByThem() {
    receive(one, sms(CONTACT, OURS, "a question"), "message-1").is(200);
    String admin = TestGateway.basic("admin");
    JsonObject sent =
        one.post(admin, "/api/messages/sms", sms(OURS, CONTACT, "an answer")).is(202).json();
    JsonObject replied = one.say(admin, 1, "another").is(201).json();

    for (JsonObject item : List.of(sent, replied)) {
      assertThat(item.getJsonObject("author").getString("handle")).isEqualTo(OURS);
      assertThat(item.getJsonObject("sent_by").getString("handle")).isEqualTo("admin");
      JsonObject stored =
          one.get(admin, "/api/conversations/1/items/" + item.getLong("seq")).is(200).json();
      assertThat(stored.getJsonObject("sent_by")).isEqualTo(item.getJsonObject("sent_by"));
    }
    JsonObject received = one.get(admin, "/api/conversations/1/items/1").is(200).json();
    assertThat(received.containsKey("sent_by")).isFalse();
    assertThat(one.get(admin, "/api/conversations/1").json().getLong("unread")).isZero();
    // the other agent has read nothing
    assertThat(one.get("", "/api/conversations/1").json().getLong("unread")).isEqualTo(3);
    // it is the first message of a pair, too, that marks what it opens
    one.post(admin, "/api/messages/sms", sms(OURS, "+18045550000", "hello")).is(202);
    assertThat(one.get(admin, "/api/conversations/2").json().getLong("unread")).isZero();
    JsonObject tombstone = one.delete(admin, "/api/conversations/1/items/3").is(200).json();
    assertThat(tombstone.getJsonObject("sent_by").getString("handle")).isEqualTo("admin");
  }

  @Test
  void aMailWhoseTextGrowsWhenItIsFoldedDelaysTheIndexingOfNobody() {
    // 580 KB of words of a character that is folded to six
    String words =
        IntStream.range(0, 960)
            .mapToObj(i -> "\u3316".repeat(200) + i)
            .collect(Collectors.joining(" "));
    String from = "contact@gmail.com";
    receiveMail(mail(from, "user@usehatchapp.com", "kilometres " + words), "growing").is(200);
    receiveMail(mail(from, "user@usehatchapp.com", "afterwards"), "next").is(200);
    Await.until(
        "everything is indexed",
        () -> one.get("", "/api/search?q=afterwards").is(200).json().getLong("behind") == 0);
    assertThat(one.get("", "/api/search?q=afterwards").data()).hasSize(1);
    assertThat(one.get("", "/api/search?q=kilometres").data()).hasSize(1);
  }
}
