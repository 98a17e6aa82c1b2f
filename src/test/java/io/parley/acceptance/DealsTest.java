package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Companies and influencers do business, over HTTP, on two nodes; the second is a sandbox, whose
 * agent settles.
 */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class DealsTest {
  private static final AtomicInteger RUN = new AtomicInteger();
  private static final String AGENT = "";
  private static final String THUMB = "\ud83d\udc4d";
  private static String url;
  private static TestGateway one;
  private static TestGateway two;

  private final int run = RUN.incrementAndGet();
  private String acme;
  private String ivy;

  @BeforeAll
  static void start(
      TestDatabase database,
      TestGateway first,
      @WithSettings("PARLEY_MODE=sandbox") TestGateway second) {
    url = database.url();
    one = first;
    two = second;
  }

  @BeforeEach
  void signUp() {
    acme = one.signUp("acme" + run, "company");
    ivy = one.signUp("ivy" + run, "influencer");
  }

  @AfterEach
  void promisesHold() {
    TimelineInvariants.check(url);
  }

  private static JsonObject json(Object... pairs) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      json.put((String) pairs[i], pairs[i + 1]);
    }
    return json;
  }

  private static JsonObject transfer(Object amount, String currency) {
    return json("type", "transfer", "transfer", json("amount", amount, "currency", currency));
  }

  /** The conversation of the two, opened by a word of Acme's. */
  private String deal() {
    long id = one.say(acme, "ivy" + run, "hello Ivy").is(201).json().getLong("conversation_id");
    return "/api/conversations/" + id;
  }

  private static long append(String caller, String deal, JsonObject item) {
    return one.post(caller, deal + "/items", item).is(201).json().getLong("seq");
  }

  private static Reply move(TestGateway node, String caller, String deal, long seq, String state) {
    return node.post(caller, deal + "/items/" + seq + "/state", json("state", state));
  }

  private static Reply react(String method, String caller, String deal, long seq, String emoji) {
    String encoded = URLEncoder.encode(emoji, StandardCharsets.UTF_8);
    return one.send(method, caller, deal + "/items/" + seq + "/reactions/" + encoded, null);
  }

  private static List<String> texts(JsonArray items, String field) {
    return items.stream().map(each -> ((JsonObject) each).getString(field)).toList();
  }

  private static JsonObject last(JsonArray all) {
    return all.getJsonObject(all.size() - 1);
  }

  private void bothPreviewsShow(String type, long seq, long unreadByAcme, long unreadByIvy) {
    for (boolean company : new boolean[] {true, false}) {
      JsonObject preview = last(two.get(company ? acme : ivy, "/api/conversations").is(200).data());
      assertThat(preview.getJsonObject("latest_item").getString("type")).isEqualTo(type);
      assertThat(preview.getJsonObject("latest_item").getLong("seq")).isEqualTo(seq);
      assertThat(preview.getJsonObject("counterpart").getString("kind"))
          .isEqualTo(company ? "influencer" : "company");
      assertThat(preview.getJsonObject("counterpart").getString("handle"))
          .isEqualTo((company ? "ivy" : "acme") + run);
      assertThat(preview.getLong("unread")).isEqualTo(company ? unreadByAcme : unreadByIvy);
    }
  }

  @Test
  void aDealRunsFromTheFirstMessageToTheSettledTransfer() {
    String deal = deal();
    bothPreviewsShow("message", 1, 0, 1);
    one.post(ivy, deal + "/messages", json("body", "gladly", "reply_to", 1)).is(201);
    bothPreviewsShow("message", 2, 1, 0);
    append(
        acme,
        deal,
        json(
            "type",
            "attachment",
            "attachments",
            new JsonArray().add(json("url", "https://example.org/brief.pdf"))));
    bothPreviewsShow("attachment", 3, 0, 1);
    append(
        ivy,
        deal,
        json("type", "post", "post", json("url", "https://example.org/p/1"), "reply_to", 3));
    bothPreviewsShow("post", 4, 1, 0);
    JsonObject money = transfer(125_000, "EUR");
    money.getJsonObject("transfer").put("reference", "tea campaign");
    JsonObject sent = one.post(acme, deal + "/items", money).is(201).json();
    assertThat(sent.getJsonObject("transfer").getLong("amount")).isEqualTo(125_000);
    assertThat(sent.getJsonObject("transfer").getString("currency")).isEqualTo("EUR");
    assertThat(sent.getJsonObject("transfer").getString("reference")).isEqualTo("tea campaign");
    assertThat(sent.getJsonObject("transfer").getString("state")).isEqualTo("initiated");
    bothPreviewsShow("transfer", 5, 0, 1);

    long rev = sent.getLong("rev");
    JsonObject settled = move(two, AGENT, deal, 5, "succeeded").is(200).json();
    assertThat(settled.getLong("rev")).isEqualTo(rev + 1);
    bothPreviewsShow("transfer", 5, 0, 1);
    one.post(ivy, deal + "/read", json("seq", 5)).is(200);
    bothPreviewsShow("transfer", 5, 0, 0);

    for (String caller : List.of(acme, ivy)) {
      JsonArray items = two.get(caller, deal + "/items").is(200).data();
      assertThat(texts(items, "type"))
          .containsExactly("message", "message", "attachment", "post", "transfer");
      assertThat(texts(items, "created_at")).isSorted();
      assertThat(items.stream().map(each -> ((JsonObject) each).getLong("seq")))
          .containsExactly(1L, 2L, 3L, 4L, 5L);
      assertThat(items.getJsonObject(1).getLong("reply_to")).isEqualTo(1);
      assertThat(items.getJsonObject(3).getLong("reply_to")).isEqualTo(3);
      assertThat(items.getJsonObject(0).containsKey("reply_to")).isFalse();
      JsonObject detail = two.get(caller, deal).is(200).json();
      assertThat(detail.getJsonObject("items").getJsonArray("data")).isEqualTo(items);
      JsonObject transfer = last(items).getJsonObject("transfer");
      assertThat(transfer.getString("state")).isEqualTo("succeeded");
      assertThat(texts(transfer.getJsonArray("history"), "state"))
          .containsExactly("initiated", "succeeded");
      assertThat(
              transfer.getJsonArray("history").stream()
                  .map(each -> ((JsonObject) each).getJsonObject("by").getString("handle")))
          .containsExactly("acme" + run, "agent");
      assertThat(two.get(caller, deal + "/items?type=transfer").is(200).data())
          .isEqualTo(new JsonArray().add(last(items)));
    }
    JsonArray news = one.get(ivy, deal + "/changes?since=" + rev).is(200).data();
    assertThat(texts(news, "event")).containsExactly("item.updated", "receipt.updated");
    assertThat(
            news.getJsonObject(0)
                .getJsonObject("item")
                .getJsonObject("transfer")
                .getString("state"))
        .isEqualTo("succeeded");
  }

  @Test
  void transferStatesChangeOnlyByThoseAllowedTo() {
    String deal = deal();
    String ann = one.signUp("ann" + run, "person");
    String admin = TestGateway.basic("admin@parley.local");
    long open = append(acme, deal, transfer(1, "EUR"));
    for (String state : List.of("initiated", "succeeded", "failed", "canceled")) {
      if (!state.equals("initiated")) {
        move(one, ivy, deal, open, state).is(403, "forbidden");
      }
      move(one, ann, deal, open, state).is(404, "not_found");
      move(one, admin, deal, open, state).is(404, "not_found");
      move(one, "", deal, open, state).is(401);
      move(two, AGENT, deal, 1, state).is(404, "not_found");
      move(two, AGENT, deal, 99, state).is(404, "not_found");
      move(one, acme, deal, 1, state).is(422, "not_a_transfer");
      move(one, acme, deal, 99, state).is(404, "not_found");
    }
    move(one, acme, deal, open, "succeeded").is(403);
    move(one, acme, deal, open, "failed").is(403);
    move(two, AGENT, deal, open, "canceled").is(403);
    long rev = one.get(acme, deal + "/items/" + open).is(200).json().getLong("rev");
    assertThat(move(one, acme, deal, open, "initiated").is(200).json().getLong("rev"))
        .isEqualTo(rev);
    move(one, acme, "/api/conversations/ivy" + run, open, "canceled").is(200);
    move(two, AGENT, deal, open, "succeeded").is(409, "illegal_move");
    move(one, acme, deal, open, "initiated").is(409, "illegal_move");
    move(one, acme, deal, open, "canceled").is(200);
    move(one, acme, deal, open, "gone").is(400);

    long failing = append(ivy, deal, transfer(1, "USD"));
    move(two, AGENT, deal, failing, "failed").is(200);
    for (String sees : List.of(AGENT, acme, ivy)) {
      move(two, sees, deal, failing, "failed").is(200);
    }
    move(two, AGENT, deal, failing, "succeeded").is(409, "illegal_move");
    move(one, ivy, deal, failing, "canceled").is(409, "illegal_move");
    assertThat(
            one.get(acme, deal + "/changes?since=" + rev).is(200).data().stream()
                .map(each -> ((JsonObject) each).getString("event")))
        .containsExactly("item.updated", "item.created");
  }

  @Test
  void settlersSeeTransfersOnly() {
    String deal = deal();
    long money = append(acme, deal, transfer(1, "EUR"));
    two.get(AGENT, deal + "/items/" + money).is(200);
    two.get(AGENT, deal + "/items/1").is(404);
    two.get(AGENT, deal).is(404);
    two.get(AGENT, deal + "/items").is(404);
    two.get(AGENT, deal + "/changes?since=0").is(404);
    two.send("DELETE", AGENT, deal + "/items/" + money, null).is(404);
    two.send("PATCH", AGENT, deal + "/items/" + money, json("body", "x")).is(404);
    two.send("PUT", AGENT, deal + "/items/" + money + "/reactions/%F0%9F%91%8D", null).is(404);
    two.post(AGENT, deal + "/items", transfer(1, "EUR")).is(404);
  }

  @Test
  void transfersCannotBeEditedOrDeleted() {
    String deal = deal();
    long money = append(acme, deal, transfer(9_007_199_254_740_991L, "JPY"));
    String item = deal + "/items/" + money;
    assertThat(one.get(ivy, item).is(200).json().getJsonObject("transfer").getLong("amount"))
        .isEqualTo(9_007_199_254_740_991L);
    one.send("PATCH", acme, item, json("body", "x")).is(422, "not_editable");
    one.delete(acme, item).is(422, "not_deletable");
    one.send("PATCH", ivy, item, json("body", "x")).is(403);
    one.delete(ivy, item).is(403);
  }

  @Test
  void invalidTransferTermsAreRefused() {
    String deal = deal();
    for (Object amount : new Object[] {0, -1, 1.5, "5", 9_007_199_254_740_992L, null, true}) {
      one.post(acme, deal + "/items", transfer(amount, "EUR")).is(400, "invalid");
    }
    for (String currency : new String[] {"", "eur", "EURO", "XXX", "XTS", "ABC", "\u20ac", null}) {
      one.post(acme, deal + "/items", transfer(1, currency)).is(400, "invalid");
    }
    for (String reference : List.of("", " ", "two\nlines", "x".repeat(141))) {
      JsonObject item = transfer(1, "EUR");
      item.getJsonObject("transfer").put("reference", reference);
      one.post(acme, deal + "/items", item).is(400, "invalid");
    }
    Stream.of(
            json("type", "transfer"),
            transfer(1, "EUR").put("body", "x"),
            json("type", "transfer", "transfer", json("amount", 1)),
            json("type", "transfer", "transfer", json("currency", "EUR")),
            json(
                "type",
                "transfer",
                "transfer",
                json("amount", 1, "currency", "EUR", "state", "succeeded")))
        .forEach(item -> one.post(acme, deal + "/items", item).is(400, "invalid"));
    assertThat(one.get(acme, deal).is(200).json().getLong("last_seq")).isEqualTo(1);
  }

  @Test
  void aRepeatedTransferReturnsItsCurrentState() {
    String deal = deal();
    JsonObject wanted = transfer(5, "EUR").put("client_id", "pay-1");
    long money = append(acme, deal, wanted);
    move(two, AGENT, deal, money, "succeeded").is(200);
    Reply again = two.post(acme, deal + "/items", wanted).is(200);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.json().getLong("seq")).isEqualTo(money);
    assertThat(again.json().getJsonObject("transfer").getString("state")).isEqualTo("succeeded");
    for (JsonObject other : List.of(transfer(6, "EUR"), transfer(5, "USD"))) {
      one.post(acme, deal + "/items", other.put("client_id", "pay-1"))
          .is(409, "idempotency_key_reused");
    }
    String first = "/api/conversations/acme" + run + "/items";
    String other = one.signUp("other" + run, "influencer");
    assertThat(one.post(other, first, transfer(7, "EUR")).is(201).json().getLong("seq"))
        .isEqualTo(1);
  }

  @Test
  void concurrentSettlingAndCancelingHasOneWinner() {
    String deal = deal();
    for (int i = 0; i < 10; i++) {
      long money = append(acme, deal, transfer(1, "EUR"));
      String path = deal + "/items/" + money + "/state";
      List<CompletableFuture<Reply>> moves = new ArrayList<>();
      moves.add(one.sendAsync("POST", acme, path, json("state", "canceled")));
      moves.add(two.sendAsync("POST", AGENT, path, json("state", "succeeded")));
      assertThat(moves.stream().map(each -> each.join().status()))
          .containsExactlyInAnyOrder(200, 409);
    }
  }

  @Test
  void repliesReferToExistingItems() {
    JsonObject early = json("body", "re", "reply_to", 1);
    one.post(acme, "/api/conversations/ivy" + run + "/messages", early).is(422, "no_such_item");
    assertThat(one.get(acme, "/api/conversations/ivy" + run).is(200).json().getValue("id"))
        .isNull();
    String deal = deal();
    one.post(ivy, deal + "/messages", json("body", "re", "reply_to", 2)).is(422, "no_such_item");
    one.post(ivy, deal + "/items", transfer(1, "EUR").put("reply_to", 9)).is(422, "no_such_item");
    one.post(ivy, deal + "/messages", json("body", "re", "reply_to", 0)).is(400, "invalid");
    assertThat(one.get(acme, deal).is(200).json().getLong("last_seq")).isEqualTo(1);

    JsonObject answer = json("body", "re", "reply_to", 1, "client_id", "re-1");
    one.post(ivy, deal + "/messages", answer).is(201);
    assertThat(two.post(ivy, deal + "/messages", answer).is(200).json().getLong("reply_to"))
        .isEqualTo(1);
    one.post(ivy, deal + "/messages", answer.copy().put("reply_to", 2))
        .is(409, "idempotency_key_reused");
    one.delete(acme, deal + "/items/1").is(200);
    String form = "content=too+late&reply_to=1";
    Reply late =
        one.send("POST", ivy, deal, form, "Content-Type", "application/x-www-form-urlencoded");
    assertThat(late.is(201).json().getLong("reply_to")).isEqualTo(1);
    one.send("PATCH", ivy, deal + "/items/2", json("body", "edited")).is(200);
    assertThat(one.get(ivy, deal + "/items/2").is(200).json().getLong("reply_to")).isEqualTo(1);
  }

  @Test
  void reactionsAreCountedOncePerPartyAndEmoji() {
    String deal = deal();
    String shown = "[{\"emoji\":\"%s\",\"count\":%d,\"parties\":%s}]";
    long me = one.get(acme, "/api/users/me").is(200).json().getLong("id");
    long other = one.get(ivy, "/api/users/me").is(200).json().getLong("id");
    JsonObject item = react("PUT", ivy, deal, 1, THUMB).is(200).json();
    long rev = item.getLong("rev");
    assertThat(item.getJsonArray("reactions").encode())
        .isEqualTo(shown.formatted(THUMB, 1, "[" + other + "]"));
    assertThat(react("PUT", ivy, deal, 1, THUMB).is(200).json().getLong("rev")).isEqualTo(rev);
    JsonObject both = react("PUT", acme, deal, 1, THUMB + "\ufe0f").is(200).json();
    assertThat(both.getLong("rev")).isEqualTo(rev + 1);
    assertThat(both.getJsonArray("reactions").encode())
        .isEqualTo(shown.formatted(THUMB, 2, "[" + other + "," + me + "]"));
    assertThat(
            two.get(acme, "/api/conversations")
                .data()
                .getJsonObject(0)
                .getJsonObject("latest_item"))
        .isEqualTo(both);
    assertThat(two.get(acme, deal + "/items").data().getJsonObject(0)).isEqualTo(both);
    JsonObject told = last(one.get(ivy, deal + "/changes?since=" + rev).is(200).data());
    assertThat(told.getString("event")).isEqualTo("item.updated");
    assertThat(told.getJsonObject("item")).isEqualTo(both);

    react("DELETE", ivy, deal, 1, THUMB).is(204);
    react("DELETE", ivy, deal, 1, THUMB).is(204);
    react("DELETE", acme, deal, 1, THUMB).is(204);
    JsonObject none = one.get(ivy, deal + "/items/1").is(200).json();
    assertThat(none.containsKey("reactions")).isFalse();
    assertThat(none.getLong("rev")).isEqualTo(rev + 3);

    String stranger = one.signUp("stranger" + run, "person");
    react("PUT", stranger, deal, 1, THUMB).is(404);
    react("DELETE", stranger, deal, 1, THUMB).is(404);
    react("PUT", ivy, deal, 2, THUMB).is(404);
    react("PUT", ivy, deal, 1, "x").is(400, "invalid");
    for (int i = 0; i < 20; i++) {
      react("PUT", ivy, deal, 1, Character.toString(0x1F600 + i)).is(200);
    }
    react("PUT", acme, deal, 1, THUMB).is(422, "too_many_reactions");
    react("PUT", acme, deal, 1, Character.toString(0x1F600)).is(200);
    one.delete(acme, deal + "/items/1").is(200);
    assertThat(one.get(ivy, deal + "/items/1").is(200).json().containsKey("reactions")).isFalse();
    react("PUT", ivy, deal, 1, THUMB).is(422, "deleted");
    react("DELETE", ivy, deal, 1, THUMB).is(422, "deleted");
  }

  @Test
  void reactionsNameAtMostTenParties() {
    List<String> crowd = new ArrayList<>();
    String[] names = new String[12];
    for (int i = 0; i < names.length; i++) {
      names[i] = "crowd" + run + "-" + i;
      crowd.add(one.signUp(names[i], "person"));
    }
    long id = one.group(crowd.getFirst(), "crowd", names);
    one.say(crowd.getFirst(), id, "well?").is(201);
    String group = "/api/conversations/" + id;
    crowd.stream()
        .map(each -> one.sendAsync("PUT", each, group + "/items/1/reactions/%F0%9F%91%8D", null))
        .toList()
        .forEach(each -> each.join().is(200));
    for (int left = 11; left > 0; left--) {
      JsonObject before = one.get(crowd.getFirst(), group + "/items/1").is(200).json();
      JsonArray named = before.getJsonArray("reactions").getJsonObject(0).getJsonArray("parties");
      assertThat(named).hasSize(Math.min(10, left + 1));
      long leaver = named.getLong(0);
      String caller =
          crowd.stream()
              .filter(each -> one.get(each, "/api/users/me").json().getLong("id") == leaver)
              .findFirst()
              .orElseThrow();
      react("DELETE", caller, group, 1, THUMB).is(204);
      TimelineInvariants.check(url);
      JsonObject after = one.get(crowd.getFirst(), group + "/items/1").is(200).json();
      assertThat(after.getJsonArray("reactions").getJsonObject(0).getLong("count")).isEqualTo(left);
    }
  }
}
