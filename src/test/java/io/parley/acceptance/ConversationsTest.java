package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.GatewayExtension;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Conversations as their people use them, over HTTP, on two nodes. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class ConversationsTest {
  private static final AtomicInteger RUN = new AtomicInteger();
  private static String url;
  private static TestGateway one;
  private static TestGateway two;

  private final int run = RUN.incrementAndGet();
  private String ann;
  private String bob;
  private String cleo;

  @BeforeAll
  static void start(TestDatabase database, TestGateway first, TestGateway second) {
    url = database.url();
    one = first;
    two = second;
  }

  @BeforeEach
  void signUp() {
    ann = one.signUp("ann" + run, "person");
    bob = one.signUp("bob" + run, "person");
    cleo = one.signUp("cleo" + run, "person");
  }

  @AfterEach
  void promisesHold() {
    TimelineInvariants.check(url);
  }

  private static List<Long> seqs(Reply reply) {
    return reply.data().stream().map(each -> ((JsonObject) each).getLong("seq")).toList();
  }

  private static List<String> handles(JsonArray parties) {
    return parties.stream()
        .map(each -> ((JsonObject) each).getJsonObject("party").getString("handle"))
        .toList();
  }

  private static JsonObject item(String type) {
    return new JsonObject().put("type", type);
  }

  @Test
  void twoPeopleTalkByUsername() {
    JsonObject nothing = one.get(ann, "/api/conversations/bob" + run + "/").is(200).json();
    assertThat(nothing.getValue("id")).isNull();
    assertThat(nothing.getJsonObject("items").getJsonArray("data")).isEqualTo(new JsonArray());
    assertThat(nothing.getJsonObject("counterpart").getString("handle")).isEqualTo("bob" + run);

    String form = "content=" + "hello+%F0%9F%98%80";
    JsonObject first =
        one.send(
                "POST",
                ann,
                "/api/conversations/bob" + run + "/",
                form,
                "Content-Type",
                "application/x-www-form-urlencoded")
            .is(201)
            .json();
    assertThat(first.getString("body")).isEqualTo("hello \ud83d\ude00");
    assertThat(first.getLong("seq")).isEqualTo(1);
    two.post(bob, "/api/conversations/ANN" + run, new JsonObject().put("content", "hi")).is(201);

    JsonObject seen = two.get(ann, "/api/conversations/bob" + run).is(200).json();
    assertThat(seen.getString("kind")).isEqualTo("direct");
    assertThat(seen.getLong("unread")).isEqualTo(1);
    assertThat(seen.getJsonObject("latest_item").getString("body")).isEqualTo("hi");
    assertThat(
            seen.getJsonObject("items").getJsonArray("data").stream()
                .map(each -> ((JsonObject) each).getString("body")))
        .containsExactly("hello \ud83d\ude00", "hi");
    assertThat(handles(seen.getJsonObject("members").getJsonArray("data")))
        .containsExactlyInAnyOrder("ann" + run, "bob" + run);
    long id = seen.getLong("id");
    assertThat(
            one.post(
                    bob,
                    "/api/conversations",
                    new JsonObject().put("kind", "direct").put("with", "ann" + run))
                .is(200)
                .json()
                .getLong("id"))
        .isEqualTo(id);
    one.get(cleo, "/api/conversations/" + id).is(404, "not_found");
    one.post(ann, "/api/conversations/ann" + run, new JsonObject().put("content", "x"))
        .is(422, "self_conversation");
    one.get(ann, "/api/conversations/ann" + run).is(422, "self_conversation");
    one.get(ann, "/api/conversations/nobody").is(404);
  }

  @Test
  void companiesAndInfluencersTalkWithEachOtherAndNobodyElse() {
    String acme = one.signUp("acme" + run, "company");
    String ivy = one.signUp("ivy" + run, "influencer");
    String other = one.signUp("other" + run, "company");
    JsonObject hello = new JsonObject().put("content", "hello");
    long deal =
        one.post(acme, "/api/conversations/ivy" + run, hello)
            .is(201)
            .json()
            .getLong("conversation_id");
    for (String[] pair :
        new String[][] {
          {acme, "other"}, {acme, "ann"}, {ivy, "ann"}, {ann, "acme"}, {ann, "ivy"}
        }) {
      one.post(pair[0], "/api/conversations/" + pair[1] + run, hello)
          .is(422, "counterpart_not_allowed");
      one.post(
              pair[0],
              "/api/conversations",
              new JsonObject().put("kind", "direct").put("with", pair[1] + run))
          .is(422, "counterpart_not_allowed");
    }
    one.post(acme, "/api/conversations", new JsonObject().put("kind", "group").put("name", "x"))
        .is(422, "not_for_groups");
    one.post(
            ann,
            "/api/conversations",
            new JsonObject()
                .put("kind", "group")
                .put("name", "x")
                .put("members", new JsonArray().add("ivy" + run)))
        .is(422, "not_for_groups");

    JsonObject post =
        new JsonObject()
            .put("platform", "photos")
            .put("url", "https://example.org/p")
            .put("title", "A")
            .put("caption", "look");
    two.post(ivy, "/api/conversations/" + deal + "/items", item("post").put("post", post)).is(201);
    assertThat(
            one.get(acme, "/api/conversations")
                .data()
                .getJsonObject(0)
                .getJsonObject("latest_item")
                .getJsonObject("post"))
        .isEqualTo(post);
    JsonArray files =
        new JsonArray()
            .add(
                new JsonObject()
                    .put("url", "https://example.org/brief.pdf")
                    .put("name", "brief.pdf")
                    .put("mime_type", "application/pdf")
                    .put("size", 7));
    two.post(
            acme,
            "/api/conversations/" + deal + "/items",
            item("attachment").put("attachments", files))
        .is(201);
    JsonObject preview = one.get(ivy, "/api/conversations").data().getJsonObject(0);
    assertThat(preview.getJsonObject("latest_item").getJsonArray("attachments")).isEqualTo(files);
    assertThat(preview.getJsonObject("counterpart").getString("kind")).isEqualTo("company");
    assertThat(preview.getLong("unread")).isEqualTo(1);
    assertThat(seqs(one.get(ivy, "/api/conversations/" + deal + "/items?type=post")))
        .containsExactly(2L);
    assertThat(seqs(one.get(ivy, "/api/conversations/" + deal + "/items")))
        .containsExactly(1L, 2L, 3L);
    assertThat(seqs(one.get(ivy, "/api/conversations/" + deal + "/messages"))).containsExactly(1L);
    one.get(other, "/api/conversations/" + deal).is(404);
  }

  @Test
  void onlyTheOwnerManagesTheGroup() {
    long group = one.group(ann, "team", "bob" + run, "bob" + run, "ann" + run);
    assertThat(one.get(ann, "/api/conversations/" + group).json().getInteger("member_count"))
        .isEqualTo(2);
    String path = "/api/conversations/" + group;
    one.send("PATCH", bob, path, new JsonObject().put("name", "mine")).is(403, "forbidden");
    one.send("PATCH", cleo, path, new JsonObject().put("name", "mine")).is(404, "not_found");
    one.send("PUT", bob, path + "/members/cleo" + run, null).is(403);
    one.delete(bob, path + "/members/ann" + run).is(403);
    one.say(bob, group, "before").is(201);

    JsonObject change =
        new JsonObject()
            .put("name", "crew")
            .put("add", new JsonArray().add("cleo" + run))
            .put("remove", new JsonArray().add("bob" + run));
    JsonObject changed = two.send("PATCH", ann, path, change).is(200).json();
    assertThat(changed.getString("name")).isEqualTo("crew");
    one.get(bob, path).is(404);
    one.say(bob, group, "after").is(404, "not_found");
    one.post(bob, path + "/read", new JsonObject().put("seq", 1)).is(404);
    assertThat(seqs(two.get(cleo, path + "/messages"))).containsExactly(1L);
    assertThat(two.get(cleo, path).json().getLong("unread")).isZero();

    JsonObject half =
        new JsonObject()
            .put("name", "broken")
            .put("add", new JsonArray().add("bob" + run).add("nobody-at-all"));
    Reply unknown = one.send("PATCH", ann, path, half).is(422, "unknown_member");
    assertThat(unknown.json().getString("detail"))
        .isEqualTo("The user nobody-at-all does not exist.");
    assertThat(one.get(ann, path).json().getString("name")).isEqualTo("crew");
    one.get(bob, path).is(404);

    assertThat(
            one.send("PUT", ann, path + "/members/bob" + run, null)
                .is(200)
                .json()
                .getString("role"))
        .isEqualTo("member");
    one.send("PUT", ann, path + "/members/bob" + run, null).is(200);
    one.send("PUT", ann, path + "/members/nobody-at-all", null).is(404, "not_found");
    one.delete(ann, path + "/members/ann" + run).is(204);
    assertThat(one.get(cleo, path).json().getJsonObject("owner").getString("handle"))
        .isEqualTo("cleo" + run);
    one.delete(bob, path + "/members/bob" + run).is(204);
    one.delete(cleo, path + "/members/bob" + run).is(404);
    one.delete(cleo, path + "/members/me-not-here").is(404, "not_found");
    one.delete(cleo, path + "/members/cleo" + run).is(204);
    one.get(cleo, path).is(404);
    long left = one.group(ann, "left", "bob" + run);
    JsonObject myself = new JsonObject().put("remove", new JsonArray().add("ann" + run));
    one.send("PATCH", ann, "/api/conversations/" + left, myself).is(204);
    one.get(ann, "/api/conversations/" + left).is(404);
    String direct = "/api/conversations/bob" + run;
    one.post(ann, direct, new JsonObject().put("content", "x")).is(201);
    one.send("PATCH", ann, direct, new JsonObject().put("name", "x")).is(422, "not_a_group");
    one.send("PUT", ann, direct + "/members/cleo" + run, null).is(422, "not_a_group");
  }

  @Test
  void pagesWorkForwardsBackwardsAndByOffset() {
    long group = one.group(ann, "pages");
    String path = "/api/conversations/" + group;
    for (int i = 1; i <= 12; i++) {
      if (i % 4 == 0) {
        one.post(
                ann,
                path + "/items",
                item("post").put("post", new JsonObject().put("url", "https://example.org/" + i)))
            .is(201);
      } else {
        one.say(ann, group, "m" + i).is(201);
      }
    }
    assertThat(walk(ann, path + "/items?limit=5"))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
    assertThat(walk(ann, path + "/items?limit=5&order=desc"))
        .containsExactly(12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L, 4L, 3L, 2L, 1L);
    assertThat(walk(ann, path + "/messages?limit=2&after=2&before=10"))
        .containsExactly(3L, 5L, 6L, 7L, 9L);
    assertThat(walk(ann, path + "/messages?limit=2&after=2&before=10&order=desc"))
        .containsExactly(9L, 7L, 6L, 5L, 3L);
    assertThat(walk(ann, path + "/items?type=post&limit=1")).containsExactly(4L, 8L, 12L);
    assertThat(seqs(one.get(ann, path + "/items?offset=10"))).containsExactly(11L, 12L);
    assertThat(seqs(one.get(ann, path + "/items?offset=10&order=desc"))).containsExactly(2L, 1L);
    assertThat(seqs(one.get(ann, path + "/messages?offset=7"))).containsExactly(10L, 11L);
    assertThat(seqs(one.get(ann, path + "/messages?offset=7&order=desc"))).containsExactly(2L, 1L);
    assertThat(seqs(one.get(ann, path + "/items?type=post&offset=1"))).containsExactly(8L, 12L);
    assertThat(seqs(one.get(ann, path + "/items?offset=100"))).isEmpty();
    assertThat(seqs(one.get(ann, path + "/items?after=9007199254740991"))).isEmpty();

    String cursor = one.get(ann, path + "/items?limit=1").json().getString("next");
    one.get(ann, path + "/items?cursor=" + cursor + "&order=asc").is(400, "invalid");
    one.get(ann, path + "/items?cursor=" + cursor + "&offset=1").is(400, "invalid");
    one.get(ann, path + "/messages?cursor=" + cursor).is(400, "invalid");
    for (String bad :
        List.of(
            "limit=0",
            "limit=201",
            "limit=x",
            "offset=-1",
            "after=-1",
            "before=0",
            "order=up",
            "type=note",
            "cursor=",
            "after=9223372036854775808",
            "after=5&before=2",
            "unknown=1")) {
      one.get(ann, path + "/items?" + bad).is(400, "invalid");
    }
    for (String bad : List.of("0", "-1", "9223372036854775808", "x")) {
      one.get(ann, path + "/items/" + bad).is(400, "invalid");
    }
    one.get(ann, path + "/items/13").is(404);

    JsonObject history = two.get(ann, "/history/" + group + "?limit=3&offset=3").is(200).json();
    assertThat(history.getInteger("total")).isEqualTo(9);
    assertThat(
            history.getJsonArray("data").stream()
                .map(each -> ((JsonObject) each).getString("text")))
        .containsExactly("m5", "m6", "m7");
    two.get(bob, "/history/" + group).is(404);
    two.get(ann, "/history/" + group + "?chat_id=" + group).is(200);
  }

  private List<Long> walk(String caller, String path) {
    List<Long> all = new ArrayList<>();
    Reply page = one.get(caller, path).is(200);
    all.addAll(seqs(page));
    String base = path.replaceAll("[?&](after|before|order)=[^&]*", "");
    while (page.json().getString("next") != null) {
      String joiner = base.contains("?") ? "&" : "?";
      page = two.get(caller, base + joiner + "cursor=" + page.json().getString("next")).is(200);
      all.addAll(seqs(page));
    }
    return all;
  }

  @Test
  void theSenderSeesWhoHasRead() {
    long group = one.group(ann, "readers", "bob" + run, "cleo" + run);
    String path = "/api/conversations/" + group;
    one.say(ann, group, "one").is(201);
    one.say(ann, group, "two").is(201);
    assertThat(
            one.post(bob, path + "/read", new JsonObject().put("seq", 2))
                .is(200)
                .json()
                .getLong("read_seq"))
        .isEqualTo(2);
    assertThat(one.get(ann, path + "/items/1").json().getBoolean("read")).isFalse();
    assertThat(
            one.post(cleo, path + "/read", new JsonObject().put("seq", 1))
                .is(200)
                .json()
                .getLong("read_seq"))
        .isEqualTo(1);
    assertThat(one.get(ann, path + "/items/1").json().getBoolean("read")).isTrue();
    assertThat(one.get(ann, path + "/items/2").json().getBoolean("read")).isFalse();
    assertThat(
            one.post(bob, path + "/read", new JsonObject().put("seq", 1))
                .is(200)
                .json()
                .getLong("read_seq"))
        .isEqualTo(2);
    assertThat(
            one.post(cleo, path + "/read", new JsonObject().put("seq", 99))
                .is(200)
                .json()
                .getLong("read_seq"))
        .isEqualTo(2);
    assertThat(one.get(ann, path + "/items/2").json().getBoolean("read")).isTrue();
    JsonArray receipts = one.get(ann, path + "/receipts").is(200).data();
    assertThat(receipts.stream().map(each -> ((JsonObject) each).getLong("read_seq")))
        .containsOnly(2L);
    one.say(bob, group, "three").is(201);
    assertThat(one.get(bob, path).json().getLong("unread")).isZero();
    assertThat(one.get(ann, path).json().getLong("unread")).isEqualTo(1);
    long alone = one.group(ann, "alone");
    one.say(ann, alone, "anyone?").is(201);
    assertThat(one.get(ann, "/api/conversations/" + alone + "/items/1").json().getBoolean("read"))
        .isFalse();
  }

  @Test
  void fiftyParallelPostsWithOneKeyCreateOneItem() {
    long group = one.group(ann, "once", "bob" + run);
    JsonObject message = new JsonObject().put("body", "once").put("client_id", "key 1");
    List<CompletableFuture<Reply>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(
          (i % 2 == 0 ? one : two)
              .sendAsync("POST", ann, "/api/conversations/" + group + "/messages", message));
    }
    List<Reply> replies = all.stream().map(CompletableFuture::join).toList();
    assertThat(replies.stream().map(Reply::body).distinct()).hasSize(1);
    assertThat(replies.stream().filter(reply -> reply.status() == 201)).hasSize(1);
    assertThat(replies.stream().filter(reply -> reply.status() == 200))
        .allMatch(reply -> reply.header("Idempotency-Replayed").equals("true"));
    String path = "/api/conversations/" + group + "/messages";
    two.post(ann, path, message.copy().put("body", "other")).is(409, "idempotency_key_reused");
    assertThat(two.post(bob, path, message).is(201).json().getLong("seq")).isEqualTo(2);
    two.send("POST", ann, path, new JsonObject().put("body", "once"), "Idempotency-Key", "key 1")
        .is(200);
    two.send("POST", ann, path, message, "Idempotency-Key", "key 2").is(400, "invalid");
    two.send(
            "POST",
            ann,
            path,
            new JsonObject().put("body", "x"),
            "Idempotency-Key",
            "k".repeat(129))
        .is(400, "invalid");
    one.say(ann, group, "same").is(201);
    one.say(ann, group, "same").is(201);
    assertThat(seqs(one.get(ann, path))).containsExactly(1L, 2L, 3L, 4L);
    // edited since: a repeat of the accepted request is still a repeat, and tells the item as it is
    // now
    one.send(
            "PATCH",
            ann,
            "/api/conversations/" + group + "/items/1",
            new JsonObject().put("body", "edited"))
        .is(200);
    assertThat(two.post(ann, path, message).is(200).json().getString("body")).isEqualTo("edited");
    one.delete(ann, "/api/conversations/" + group + "/members/ann" + run).is(204);
    two.post(ann, path, message).is(404);
  }

  @Test
  void repeatedGroupCreationWithOneKeyCreatesOneGroup() {
    JsonObject wanted =
        new JsonObject()
            .put("kind", "group")
            .put("name", "keyed")
            .put("members", new JsonArray().add("bob" + run))
            .put("client_id", "group key");
    List<CompletableFuture<Reply>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add((i % 2 == 0 ? one : two).sendAsync("POST", ann, "/api/conversations", wanted));
    }
    List<Reply> replies = all.stream().map(CompletableFuture::join).toList();
    assertThat(replies.stream().map(reply -> reply.json().getLong("id")).distinct()).hasSize(1);
    assertThat(replies.stream().filter(reply -> reply.status() == 201)).hasSize(1);
    one.post(ann, "/api/conversations", wanted.copy().put("name", "other"))
        .is(409, "idempotency_key_reused");
    long bobsId = one.get(bob, "/api/users/me").json().getLong("id");
    long cleosId = one.get(cleo, "/api/users/me").json().getLong("id");
    for (JsonArray same :
        List.of(
            new JsonArray().add("BOB" + run),
            new JsonArray().add(bobsId),
            new JsonArray().add("bob" + run).add(bobsId).add("ann" + run))) {
      two.post(ann, "/api/conversations", wanted.copy().put("members", same)).is(200);
    }
    JsonObject three = wanted.copy().put("client_id", "three");
    three.put("members", new JsonArray().add("bob" + run).add("cleo" + run));
    one.post(ann, "/api/conversations", three).is(201);
    three.put("members", new JsonArray().add(cleosId).add(bobsId));
    two.post(ann, "/api/conversations", three).is(200);
    three.put("members", new JsonArray().add(cleosId));
    two.post(ann, "/api/conversations", three).is(409, "idempotency_key_reused");
    one.post(bob, "/api/conversations", wanted.copy().put("members", new JsonArray())).is(201);
    JsonObject direct =
        new JsonObject()
            .put("kind", "direct")
            .put("with", "bob" + run)
            .put("client_id", "direct key");
    one.post(ann, "/api/conversations", direct).is(201);
    assertThat(two.post(ann, "/api/conversations", direct).is(200).header("Idempotency-Replayed"))
        .isEqualTo("true");
    two.post(ann, "/api/conversations", direct.copy().put("with", "cleo" + run))
        .is(409, "idempotency_key_reused");
    two.post(ann, "/api/conversations", direct.copy().put("client_id", "group key"))
        .is(409, "idempotency_key_reused");
  }

  @Test
  void authorsEditAndDelete() {
    long group = one.group(ann, "edits", "bob" + run);
    String path = "/api/conversations/" + group + "/items";
    one.say(ann, group, "typo").is(201);
    one.post(
            ann, path, item("post").put("post", new JsonObject().put("url", "https://example.org")))
        .is(201);
    one.send("PATCH", bob, path + "/1", new JsonObject().put("body", "mine")).is(403, "forbidden");
    one.send("PATCH", cleo, path + "/1", new JsonObject().put("body", "mine")).is(404);
    one.delete(bob, path + "/1").is(403);
    JsonObject edited =
        two.send("PATCH", ann, path + "/1", new JsonObject().put("body", "text")).is(200).json();
    assertThat(edited.getString("body")).isEqualTo("text");
    assertThat(edited.getLong("rev")).isEqualTo(4);
    assertThat(edited.getString("edited_at")).isEqualTo(edited.getString("updated_at"));
    assertThat(one.get(bob, path + "/1").json()).isEqualTo(edited);
    assertThat(
            one.send("PATCH", ann, path + "/1", new JsonObject().put("body", "text"))
                .is(200)
                .json()
                .getLong("rev"))
        .isEqualTo(4);
    one.send("PATCH", ann, path + "/2", new JsonObject().put("body", "text"))
        .is(422, "not_editable");
    JsonObject tombstone = one.delete(ann, path + "/1").is(200).json();
    assertThat(tombstone.getBoolean("deleted")).isTrue();
    assertThat(tombstone.containsKey("body")).isFalse();
    assertThat(one.delete(ann, path + "/1").is(200).json()).isEqualTo(tombstone);
    one.send("PATCH", ann, path + "/1", new JsonObject().put("body", "back")).is(422, "deleted");
    assertThat(
            one.get(bob, "/history/" + group)
                .json()
                .getJsonArray("data")
                .getJsonObject(0)
                .getString("text"))
        .isEmpty();
  }

  @Test
  void theChangeFeedReturnsEachResourceOnceInItsCurrentState() {
    long group = one.group(ann, "feed", "bob" + run);
    String path = "/api/conversations/" + group;
    one.say(ann, group, "one").is(201);
    one.say(ann, group, "two").is(201);
    one.send("PATCH", ann, path + "/items/1", new JsonObject().put("body", "one!")).is(200);
    one.post(bob, path + "/read", new JsonObject().put("seq", 2)).is(200);
    one.send(
            "PATCH",
            ann,
            path,
            new JsonObject().put("name", "fed").put("add", new JsonArray().add("cleo" + run)))
        .is(200);
    one.delete(ann, path + "/members/cleo" + run).is(204);
    assertThat(events(ann, path, 0))
        .containsExactly(
            "item.created 3",
            "item.created 4",
            "receipt.updated 5",
            "conversation.created 7",
            "member.removed 8");
    assertThat(events(ann, path, 3))
        .containsExactly(
            "item.updated 4", "receipt.updated 5", "conversation.updated 7", "member.removed 8");
    assertThat(events(ann, path, 8)).isEmpty();
    JsonObject ahead = one.get(ann, path + "/changes?since=9").is(200).json();
    assertThat(ahead.getBoolean("resync")).isTrue();
    assertThat(ahead.getLong("rev")).isEqualTo(8);
    for (int i = 0; i < 501; i++) {
      one.say(ann, group, "many").is(201);
    }
    JsonObject many = one.get(ann, path + "/changes?since=8").is(200).json();
    assertThat(many.getBoolean("resync")).isTrue();
    assertThat(many.getJsonArray("data")).isEqualTo(new JsonArray());
    assertThat(many.getLong("rev")).isEqualTo(509);
    assertThat(events(ann, path, 9)).hasSize(500);
    one.get(ann, path + "/changes").is(400, "invalid");
    one.get(cleo, path + "/changes?since=0").is(404);
  }

  private static List<String> events(String caller, String path, long since) {
    return two.get(caller, path + "/changes?since=" + since).is(200).data().stream()
        .map(
            each ->
                ((JsonObject) each).getString("event") + " " + ((JsonObject) each).getLong("rev"))
        .toList();
  }

  @Test
  void listsConversationsNewestFirst() {
    long first = one.group(ann, "Alpha", "bob" + run);
    long second = one.group(ann, "Beta");
    long third = one.group(ann, "Gamma");
    one.say(bob, first, "up").is(201);
    assertThat(ids(one.get(ann, "/api/conversations"))).containsExactly(first, third, second);
    assertThat(ids(one.get(ann, "/api/conversations/?search=ET"))).containsExactly(second);
    assertThat(ids(one.get(ann, "/api/conversations?search=bob" + run))).containsExactly(first);
    assertThat(ids(one.get(ann, "/api/conversations?kind=direct"))).isEmpty();
    Reply page = one.get(ann, "/api/conversations?limit=2");
    assertThat(ids(page)).containsExactly(first, third);
    assertThat(
            ids(two.get(ann, "/api/conversations?limit=2&cursor=" + page.json().getString("next"))))
        .containsExactly(second);
    one.get(ann, "/api/conversations?kind=group&cursor=" + page.json().getString("next"))
        .is(400, "invalid");
    String folded = "\u039f\u03b4\u03cc\u03c2 \u0130 " + run;
    long fourth = one.group(cleo, folded);
    assertThat(ids(one.get(cleo, "/api/conversations?search=" + encoded(folded))))
        .containsExactly(fourth);
    Reply members = one.get(ann, "/api/conversations/" + first + "/members?limit=1");
    assertThat(handles(members.data())).containsExactly("ann" + run);
    assertThat(
            handles(
                two.get(
                        ann,
                        "/api/conversations/"
                            + first
                            + "/members?cursor="
                            + members.json().getString("next"))
                    .data()))
        .containsExactly("bob" + run);
    one.get(
            ann,
            "/api/conversations/" + first + "/receipts?cursor=" + members.json().getString("next"))
        .is(400, "invalid");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void conversationsWithoutMessagesReadAsEmpty() {
    String path = "/api/conversations/bob" + run;
    JsonObject nothing = one.get(ann, path).is(200).json();
    assertThat(nothing.getInteger("member_count")).isEqualTo(2);
    JsonArray members = one.get(ann, path + "/members").is(200).data();
    assertThat(handles(members)).containsExactly("ann" + run, "bob" + run);
    assertThat(nothing.getJsonObject("members").getJsonArray("data")).isEqualTo(members);
    Reply first = one.get(ann, path + "/members?limit=1").is(200);
    assertThat(handles(first.data())).containsExactly("ann" + run);
    String rest = "?limit=1&cursor=" + first.json().getString("next");
    Reply second = one.get(ann, path + "/members" + rest).is(200);
    assertThat(handles(second.data())).containsExactly("bob" + run);
    assertThat(second.json().getString("next")).isNull();
    one.get(ann, path + "/receipts" + rest).is(400, "invalid");
    one.get(ann, path + "/items" + rest).is(400, "invalid");
    one.get(ann, path + "/items?after=2&before=1").is(400, "invalid");
    assertThat(one.get(ann, path + "/receipts").is(200).data()).hasSize(2);
    JsonObject changes = one.get(ann, path + "/changes?since=0").is(200).json();
    assertThat(changes.getJsonArray("data")).isEmpty();
    assertThat(changes.getLong("rev")).isZero();
    assertThat(changes.getBoolean("resync")).isFalse();
    assertThat(one.post(ann, path + "/read", new JsonObject().put("seq", 5)).is(200).json())
        .isEqualTo(new JsonObject().put("read_seq", 0));
    one.send("PUT", ann, path + "/members/cleo" + run, null).is(422, "not_a_group");
    one.delete(ann, path + "/members/ann" + run).is(422, "not_a_group");
    one.send("PATCH", ann, path, new JsonObject().put("name", "x")).is(422, "not_a_group");
    one.get(ann, "/api/conversations/nobody-here/members").is(404, "not_found");
    one.get(ann, "/api/conversations/ann" + run + "/members").is(422, "self_conversation");
  }

  @Test
  void blankTextsAndEmptyListsCountAsAbsent() {
    String path = "/api/conversations/bob" + run + "/messages";
    JsonArray file = new JsonArray().add(new JsonObject().put("url", "https://example.org/a"));
    JsonObject text = new JsonObject().put("body", "x").put("attachments", new JsonArray());
    assertThat(one.post(ann, path, text).is(201).json().containsKey("attachments")).isFalse();
    for (String blank : List.of("", " \n", "\u200b")) {
      JsonObject message = new JsonObject().put("body", blank).put("attachments", file);
      assertThat(one.post(ann, path, message).is(201).json().containsKey("body")).isFalse();
      one.post(ann, path, message.put("attachments", new JsonArray())).is(400, "invalid");
    }
    String items = "/api/conversations/bob" + run + "/items";
    one.post(ann, items, item("attachment").put("attachments", new JsonArray())).is(400, "invalid");
    one.post(ann, path, text.put("client_id", " ")).is(400, "invalid");
    long group = one.group(ann, "patched");
    assertThat(
            one.send("PATCH", ann, "/api/conversations/" + group, new JsonObject())
                .is(400, "invalid")
                .json()
                .getString("detail"))
        .isEqualTo("The request must have at least 1 of name, add, remove.");
  }

  @Test
  void nonMembersLearnNothingFromAddingExternalMembers() {
    long group = one.group(ann, "closed", "bob" + run);
    JsonObject bring =
        new JsonObject()
            .put(
                "add",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("address", "+18045551234")
                            .put("channel", "sms")
                            .put("via", "+12016661234")));
    for (long conversation : List.of(group, 999_999L)) {
      one.send("PATCH", cleo, "/api/conversations/" + conversation, bring).is(404, "not_found");
    }
    one.send("PATCH", ann, "/api/conversations/" + group, bring).is(403, "forbidden");
  }

  private static List<Long> ids(Reply reply) {
    return reply.is(200).data().stream().map(each -> ((JsonObject) each).getLong("id")).toList();
  }

  @Test
  void textsAreStoredVerbatimAndInvalidOnesRefused() {
    long group = one.group(ann, "texts");
    String kept =
        "\u200f\u05e9\u05dc\u05d5\u05dd \ud83d\udc69\u200d\ud83d\ude80 <b>&amp;</b>\n\ttwo lines ";
    assertThat(one.say(ann, group, kept).is(201).json().getString("body")).isEqualTo(kept);
    assertThat(two.get(ann, "/api/conversations/" + group + "/items/1").json().getString("body"))
        .isEqualTo(kept);
    one.say(ann, group, "x".repeat(10_000)).is(201);
    one.say(ann, group, "\ud83d\ude00".repeat(10_000)).is(201);
    for (String bad :
        List.of(
            "",
            " ",
            "\n\t",
            "\u00a0\u2003",
            "\u200b\u200f",
            "x".repeat(10_001),
            "\ud83d\ude00".repeat(10_001))) {
      one.say(ann, group, bad).is(400, "invalid");
    }
    one.send(
            "POST",
            ann,
            "/api/conversations/" + group + "/messages",
            "{\"body\":\"a\\u0000b\"}",
            "Content-Type",
            "application/json")
        .is(400, "malformed");
    one.post(ann, "/api/conversations/" + group + "/messages", new JsonObject()).is(400, "invalid");
  }

  @Test
  void onlyTheOwnerDeletesWhatOthersWroteAndNobodyEditsIt() {
    long group = one.group(ann, "moderated", "bob" + run, "cleo" + run);
    String item = "/api/conversations/" + group + "/items/1";
    one.say(bob, group, "not for here").is(201);
    JsonObject text = new JsonObject().put("body", "other words");

    one.delete(cleo, item).is(403);
    one.send("PATCH", ann, item, text).is(403);
    JsonObject untouched = one.get(ann, item).is(200).json();
    assertThat(untouched.containsKey("edited_at")).isFalse();
    JsonObject tombstone = one.delete(ann, item).is(200).json();

    assertThat(tombstone.getBoolean("deleted")).isTrue();
    assertThat(tombstone.containsKey("body")).isFalse();
    assertThat(tombstone.getJsonObject("author").getString("handle")).isEqualTo("bob" + run);
    // nobody owns a direct conversation
    one.say(bob, "ann" + run, "just for you").is(201);
    one.delete(ann, "/api/conversations/bob" + run + "/items/1").is(403);
  }

  @Test
  void renamingMovesUpdatedAtButNotThePlaceInLists() {
    long first = one.group(ann, "first");
    long second = one.group(ann, "second");
    String path = "/api/conversations/" + first;
    JsonObject before = one.get(ann, path).is(200).json();
    JsonObject name = new JsonObject().put("name", "renamed");

    JsonObject renamed = one.send("PATCH", ann, path, name).is(200).json();

    assertThat(renamed.getString("updated_at")).isGreaterThan(before.getString("updated_at"));
    assertThat(renamed.getString("created_at")).isEqualTo(before.getString("created_at"));
    assertThat(one.send("PATCH", ann, path, name).is(200).json()).isEqualTo(renamed);
    Reply page = one.get(ann, "/api/conversations?limit=1").is(200);
    assertThat(page.data().getJsonObject(0).getLong("id")).isEqualTo(second);
    String cursor = URLEncoder.encode(page.json().getString("next"), StandardCharsets.UTF_8);
    page = one.get(ann, "/api/conversations?limit=1&cursor=" + cursor).is(200);
    assertThat(page.data().getJsonObject(0)).isEqualTo(renamed);
  }
}
