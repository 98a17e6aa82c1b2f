package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Concurrently;
import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messaging over sockets, as a plain WebSocket client sees it. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class LiveTest {
  private static final AtomicInteger RUN = new AtomicInteger();
  private static String url;
  private static TestGateway node;

  private final int run = RUN.incrementAndGet();
  private final List<TestSocket> opened = new ArrayList<>();
  private String ann;
  private String bob;
  private String cleo;

  @BeforeAll
  static void start(TestDatabase database, TestGateway gateway) {
    url = database.url();
    node = gateway;
  }

  @BeforeEach
  void signUp() {
    ann = node.signUp("ann" + run, "person");
    bob = node.signUp("bob" + run, "person");
    cleo = node.signUp("cleo" + run, "person");
  }

  @AfterEach
  void promisesHold() {
    opened.forEach(TestSocket::close);
    TimelineInvariants.check(url);
  }

  private TestSocket listening(String authorization) {
    return kept(TestSocket.listening(node, authorization));
  }

  private TestSocket kept(TestSocket socket) {
    opened.add(socket);
    return socket;
  }

  private static JsonObject message(Object ref, String body) {
    return new JsonObject().put("ref", ref).put("type", "message").put("body", body);
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  private static String body(JsonObject event) {
    return event.getJsonObject("item").getString("body");
  }

  @Test
  void aMessageReachesEveryDeviceOfTheOthers() {
    TestSocket sender = listening(ann);
    TestSocket phone = listening(bob);
    TestSocket laptop = listening(bob);
    TestSocket stranger = listening(cleo);
    JsonObject reply =
        sender.ask(
            201, "sendMessage", new JsonObject().put("ref", "bob" + run).put("body", "hello"));
    long conversation = reply.getJsonObject("body").getLong("conversation_id");
    for (TestSocket device : List.of(sender, phone, laptop)) {
      JsonObject event = device.event("item.created", each -> "hello".equals(body(each)));
      assertThat(event.getJsonObject("item").getLong("seq")).isEqualTo(1);
      assertThat(device.revs(conversation)).isEqualTo(upTo(2));
      assertThat(device.inbox().getFirst().getString("event")).isEqualTo("conversation.created");
    }
    stranger.ping();
    assertThat(stranger.inbox()).isEmpty();
  }

  @Test
  void theSenderReceivesReadReceipts() {
    long group = node.group(ann, "readers", "bob" + run, "cleo" + run);
    TestSocket sender = listening(ann);
    TestSocket reader = listening(bob);
    sender.ask(201, "appendItem", message(group, "read me"));
    reader.event("item.created", each -> "read me".equals(body(each)));
    reader.ask(200, "markRead", new JsonObject().put("ref", "" + group).put("seq", 1));
    JsonObject receipt = sender.event("receipt.updated", any -> true);
    JsonObject first = receipt.getJsonArray("receipts").getJsonObject(0);
    assertThat(first.getJsonObject("party").getString("handle")).isEqualTo("bob" + run);
    assertThat(first.getLong("read_seq")).isEqualTo(1);
    assertThat(receipt.getLong("read_by_all_seq")).isZero();
    node.post(cleo, "/api/conversations/" + group + "/read", new JsonObject().put("seq", 1))
        .is(200);
    sender.event("receipt.updated", each -> each.getLong("read_by_all_seq") == 1);
    assertThat(sender.revs(group)).isEqualTo(List.of(2L, 3L, 4L));
  }

  @Test
  void aMessageSentOverHttpAndASocketAtOnceIsStoredOnce() {
    long group = node.group(ann, "twice", "bob" + run);
    TestSocket sender = kept(TestSocket.open(node, ann));
    TestSocket reader = listening(bob);
    List<CompletableFuture<Long>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      JsonObject message = message(group, "once").put("client_id", "same");
      answers.add(
          i % 2 == 0
              ? Concurrently.ask(
                  () -> sender.ask("appendItem", message).getJsonObject("body").getLong("seq"))
              : Concurrently.ask(
                  () ->
                      node.send(
                              "POST",
                              ann,
                              "/api/conversations/" + group + "/items",
                              new JsonObject()
                                  .put("type", "message")
                                  .put("body", "once")
                                  .put("client_id", "same"))
                          .json()
                          .getLong("seq")));
    }
    assertThat(answers.stream().map(CompletableFuture::join)).containsOnly(1L);
    reader.event("item.created", any -> true);
    reader.ping();
    assertThat(reader.revs(group)).isEqualTo(List.of(2L));
  }

  @Test
  void revsRiseByOneUnderConcurrentChanges() {
    long group = node.group(ann, "busy", "bob" + run, "cleo" + run);
    List<TestSocket> all = List.of(listening(ann), listening(bob), listening(cleo));
    List<CompletableFuture<?>> work = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String who = List.of(ann, bob, cleo).get(i % 3);
      int number = i;
      work.add(
          Concurrently.run(
              () -> {
                switch (number % 4) {
                  case 0 ->
                      node.post(
                          who,
                          "/api/conversations/" + group + "/read",
                          new JsonObject().put("seq", 1));
                  case 1 ->
                      all.get(number % 3).ask("appendItem", message(group, "socket " + number));
                  default -> node.say(who, group, "http " + number);
                }
              }));
    }
    work.forEach(CompletableFuture::join);
    long rev = node.get(ann, "/api/conversations/" + group).json().getLong("rev");
    for (TestSocket socket : all) {
      socket.until(() -> socket.revs(group).contains(rev), "rev " + rev);
      assertThat(socket.revs(group)).isEqualTo(LongStream.rangeClosed(2, rev).boxed().toList());
    }
  }

  /** Sends all at once; returns the replies in the order of the requests. */
  private static List<JsonObject> atOnce(
      TestSocket socket, String[] addresses, JsonObject... bodies) {
    int first = socket.frames.size();
    for (int i = 0; i < bodies.length; i++) {
      socket.frame(
          new JsonObject()
              .put("type", "send")
              .put("address", addresses[i % addresses.length])
              .put("body", bodies[i])
              .put("replyAddress", first + "-" + i));
    }
    return IntStream.range(0, bodies.length)
        .mapToObj(
            i ->
                socket.next(
                    frame -> (first + "-" + i).equals(frame.getString("address")), "answer " + i))
        .toList();
  }

  @Test
  void messagesOfOneSocketKeepTheirOrder() {
    TestSocket socket = kept(TestSocket.open(node, ann));
    JsonObject[] messages =
        IntStream.range(0, 60)
            .mapToObj(i -> message("bob" + run, "number " + i))
            .toArray(JsonObject[]::new);
    List<JsonObject> answers = atOnce(socket, new String[] {"appendItem"}, messages);
    String direct = "" + answers.getFirst().getJsonObject("body").getLong("conversation_id");
    IntStream.range(0, 60).filter(i -> i % 2 == 0).forEach(i -> messages[i].put("ref", direct));
    List<JsonObject> all = new ArrayList<>(answers);
    all.addAll(atOnce(socket, new String[] {"appendItem", "sendMessage"}, plain(messages)));
    assertThat(all.stream().map(each -> each.getJsonObject("body").getLong("seq")).toList())
        .isEqualTo(upTo(120));
  }

  private static JsonObject[] plain(JsonObject[] messages) {
    for (int i = 1; i < messages.length; i += 2) {
      messages[i].remove("type");
    }
    return messages;
  }

  @Test
  void commandsOfOneSocketKeepTheirOrder() {
    long group = node.group(ann, "ordered");
    TestSocket socket = kept(TestSocket.open(node, ann));
    JsonObject ref = new JsonObject().put("ref", "" + group);
    String[] calls = {
      "addMember",
      "appendItem",
      "editItem",
      "updateConversation",
      "updateConversation",
      "removeMember"
    };
    for (int seq = 1; seq <= 15; seq++) {
      JsonObject bob = ref.copy().put("user", "bob" + run);
      atOnce(
              socket,
              calls,
              bob,
              message(group, "first thought"),
              ref.copy().put("seq", seq).put("body", "second thought " + seq),
              ref.copy().put("name", "first"),
              ref.copy().put("name", "then " + seq),
              bob)
          .forEach(answer -> assertThat(answer.getString("type")).isEqualTo("rec"));
      JsonObject now = socket.ask(200, "getConversation", ref).getJsonObject("body");
      assertThat(now.getString("name")).isEqualTo("then " + seq);
      assertThat(now.getInteger("member_count")).isEqualTo(1);
      assertThat(now.getJsonObject("latest_item").getString("body"))
          .isEqualTo("second thought " + seq);
    }
  }

  @Test
  void aNewPresenceWatchReplacesTheOneBefore() {
    TestSocket socket = kept(TestSocket.open(node, ann));
    JsonArray many = new JsonArray().add("bob" + run);
    IntStream.range(0, 100).forEach(i -> many.add("nobody-" + i));
    for (int i = 0; i < 10; i++) {
      List<JsonObject> answers =
          atOnce(
              socket,
              new String[] {"presence"},
              new JsonObject().put("users", many),
              new JsonObject().put("users", new JsonArray().add("cleo" + run)));
      assertThat(socket.frames.indexOf(answers.get(0)))
          .isLessThan(socket.frames.indexOf(answers.get(1)));
    }
  }

  @Test
  void aRemovedMemberReceivesItsRemovalAndNothingMore() {
    long group = node.group(ann, "leaving", "bob" + run);
    TestSocket out = listening(bob);
    TestSocket in = listening(cleo);
    node.say(ann, group, "before").is(201);
    node.delete(ann, "/api/conversations/" + group + "/members/bob" + run).is(204);
    node.send("PUT", ann, "/api/conversations/" + group + "/members/cleo" + run, null);
    node.say(ann, group, "after").is(201);
    in.event("item.created", each -> "after".equals(body(each)));
    assertThat(in.inbox().getFirst().getString("event")).isEqualTo("member.added");
    out.ping();
    assertThat(out.inbox().getLast().getString("event")).isEqualTo("member.removed");
    assertThat(out.ask("appendItem", message(group, "me too")).getInteger("failureCode"))
        .isEqualTo(404);
    assertThat(out.revs(group)).isEqualTo(List.of(2L, 3L));
  }

  @Test
  void clientsThatReconnectTogetherAllCatchUp() {
    long group = node.group(ann, "crowd", "bob" + run);
    long known = node.get(ann, "/api/conversations/" + group).json().getLong("rev");
    for (int i = 0; i < 20; i++) {
      node.say(ann, group, "missed " + i).is(201);
    }
    JsonObject missed = new JsonObject().put("positions", new JsonObject().put("" + group, known));
    List<TestSocket> crowd =
        IntStream.range(0, 200).mapToObj(i -> kept(TestSocket.open(node, bob))).toList();
    List<CompletableFuture<JsonObject>> answers = new ArrayList<>();
    for (int i = 0; i < crowd.size(); i++) {
      TestSocket socket = crowd.get(i);
      if (i % 2 == 0) {
        socket.frame(
            new JsonObject().put("type", "send").put("address", "resume").put("body", missed));
        socket.close();
      } else {
        answers.add(
            Concurrently.ask(() -> socket.ask(200, "resume", missed).getJsonObject("body")));
      }
    }
    for (CompletableFuture<JsonObject> answer : answers) {
      assertThat(answer.join().getJsonArray("events")).hasSize(20);
    }
  }

  @Test
  void aResumeReturnsMissedEventsWithoutRepeats() {
    long group = node.group(ann, "resumed", "bob" + run);
    long other = node.group(ann, "never seen", "bob" + run);
    for (int i = 1; i <= 40; i++) {
      node.say(ann, group, "missed " + i).is(201);
    }
    TestSocket back = kept(TestSocket.open(node, bob));
    back.frame(new JsonObject().put("type", "register").put("address", "inbox"));
    CompletableFuture<Void> meanwhile =
        Concurrently.run(
            () -> IntStream.range(0, 60).forEach(i -> node.say(ann, group, "meanwhile " + i)));
    JsonObject positions = new JsonObject().put("" + group, 11).put("999999", 1);
    JsonObject resumed =
        back.ask(200, "resume", new JsonObject().put("positions", positions).put("complete", true))
            .getJsonObject("body");
    meanwhile.join();
    long rev = node.get(ann, "/api/conversations/" + group).json().getLong("rev");
    back.until(() -> back.revs(group).contains(rev), "rev " + rev);
    List<Long> told = new ArrayList<>();
    resumed.getJsonArray("events").forEach(each -> told.add(((JsonObject) each).getLong("rev")));
    // events from before the request was read may arrive too; the reply says where they continue
    long first = told.getFirst();
    int replied =
        back.frames.indexOf(
            back.frames.stream()
                .filter(f -> "r1".equals(f.getString("address")))
                .findFirst()
                .orElseThrow());
    for (JsonObject frame : back.frames.subList(replied + 1, back.frames.size())) {
      if ("inbox".equals(frame.getString("address"))) {
        told.add(frame.getJsonObject("body").getLong("rev"));
      }
    }
    assertThat(first).isEqualTo(12);
    assertThat(told).isEqualTo(LongStream.rangeClosed(12, rev).boxed().toList());
    assertThat(resumed.getJsonArray("unknown")).isEqualTo(new JsonArray().add(999999));
    assertThat(resumed.getJsonArray("resync")).isEqualTo(new JsonArray());
    assertThat(resumed.getJsonObject("more")).isEqualTo(new JsonObject());
    assertThat(resumed.getJsonArray("joined").getJsonObject(0).getLong("id")).isEqualTo(other);
  }

  @Test
  void clientsThatComeAndGoDuringDeliveriesMissNothing() {
    Map<Long, Long> known = new HashMap<>();
    for (int i = 0; i < 60; i++) {
      known.put(node.group(ann, "busy " + i, "bob" + run, "cleo" + run), 1L);
    }
    List<Long> groups = List.copyOf(known.keySet());
    AtomicBoolean enough = new AtomicBoolean();
    // every event loop delivers events before the clients that reconnect have been loaded
    List<CompletableFuture<Void>> talk =
        IntStream.range(0, 8)
            .mapToObj(i -> listening(cleo))
            .map(
                writer ->
                    Concurrently.run(
                        () -> {
                          for (int i = 0; !enough.get(); i = (i + 7) % groups.size()) {
                            writer.frames.clear();
                            writer.ask(201, "appendItem", message(groups.get(i), "busy"));
                          }
                        }))
            .toList();
    for (int visit = 0; visit < 40; visit++) {
      TestSocket back = kept(TestSocket.open(node, bob));
      back.frame(new JsonObject().put("type", "register").put("address", "inbox"));
      JsonObject positions = new JsonObject();
      known.forEach((id, rev) -> positions.put("" + id, rev));
      JsonObject reply = back.ask(200, "resume", new JsonObject().put("positions", positions));
      JsonObject resumed = reply.getJsonObject("body");
      back.ping();
      List<JsonObject> told = new ArrayList<>();
      resumed.getJsonArray("events").forEach(each -> told.add((JsonObject) each));
      back.frames.stream()
          .skip(back.frames.indexOf(reply) + 1)
          .filter(frame -> "inbox".equals(frame.getString("address")))
          .forEach(frame -> told.add(frame.getJsonObject("body")));
      back.close();
      assertThat(resumed.getJsonObject("more")).isEmpty();
      for (JsonObject event : told) {
        long group = event.getLong("conversation_id");
        assertThat(event.getLong("rev")).isEqualTo(known.get(group) + 1);
        known.merge(group, 1L, Long::sum);
      }
    }
    enough.set(true);
    talk.forEach(CompletableFuture::join);
    assertThat(known.values()).anyMatch(rev -> rev > 3);
  }

  @Test
  void nothingIsDeliveredPastAGap() {
    long group = node.group(ann, "holes", "bob" + run);
    TestSocket socket = listening(bob);
    node.say(ann, group, "first").is(201);
    socket.event("item.created", any -> true);
    // two edits whose events were lost
    try (io.parley.store.delivery.DeliveryFixture database =
        new io.parley.store.delivery.DeliveryFixture(url)) {
      database.run(
          """
          insert into change (conversation, kind, subject, rev, at) values (%1$d, 'item', 1, 4, now());
          update item set rev = 4, updated_at = now() where conversation = %1$d and seq = 1;
          update conversation set rev = 4 where id = %1$d;
          """
              .formatted(group));
    }
    node.say(ann, group, "second").is(201);
    assertThat(socket.closeCode()).isEqualTo(1012);
    assertThat(socket.revs(group)).isEqualTo(List.of(2L));
    JsonObject positions = new JsonObject().put("positions", new JsonObject().put("" + group, 2));
    JsonArray told =
        listening(bob).ask(200, "resume", positions).getJsonObject("body").getJsonArray("events");
    assertThat(told.stream().map(each -> ((JsonObject) each).getLong("rev")).toList())
        .isEqualTo(List.of(4L, 5L));
  }

  @Test
  void aLongAbsenceIsResumedInSeveralSteps() {
    long group = node.group(ann, "long", "bob" + run);
    String long_ = "x".repeat(3_000);
    for (int i = 1; i <= 100; i++) {
      node.say(ann, group, long_).is(201);
    }
    TestSocket back = listening(bob);
    List<Long> told = new ArrayList<>();
    JsonObject positions = new JsonObject().put("" + group, 1);
    int pieces = 0;
    while (!positions.isEmpty()) {
      JsonObject piece =
          back.ask(200, "resume", new JsonObject().put("positions", positions))
              .getJsonObject("body");
      piece.getJsonArray("events").forEach(each -> told.add(((JsonObject) each).getLong("rev")));
      positions = piece.getJsonObject("more");
      pieces++;
    }
    assertThat(pieces).isBetween(3, 5);
    assertThat(told).isEqualTo(LongStream.rangeClosed(2, 101).boxed().toList());
    node.say(ann, group, "and on").is(201);
    back.event("item.created", each -> "and on".equals(body(each)));
    assertThat(back.revs(group)).isEqualTo(List.of(102L));
  }

  @Test
  void thousandsOfMissedChangesAreResumed() {
    int conversations = FaultVolume.of(40);
    long first = node.group(ann, "archive", "bob" + run);
    try (io.parley.store.delivery.DeliveryFixture database =
        new io.parley.store.delivery.DeliveryFixture(url)) {
      database.run(
          """
          insert into conversation (id, kind, name, owner, last_seq, rev, messages, member_count, created_at, active_at)
            select c.id + g, 'group', 'archive ' || g, c.owner, 250, 251, 250, 2, c.created_at, c.created_at
            from conversation c, generate_series(1, %2$d) g where c.id = %1$d;
          insert into member (conversation, party, role, joined_at)
            select m.conversation + g, m.party, m.role, m.joined_at from member m, generate_series(1, %2$d) g where m.conversation = %1$d;
          insert into change (conversation, kind, subject, rev, at)
            select h.conversation + g, h.kind, h.subject, h.rev, h.at from change h, generate_series(1, %2$d) g where h.conversation = %1$d;
          insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, key, request, created_at, updated_at)
            select c.id + g, s, s + 1, s + 1, s, c.owner, 'message', 'change ' || s, gen_random_uuid(), gen_random_uuid(), c.created_at, c.created_at
            from conversation c, generate_series(1, %2$d) g, generate_series(1, 250) s where c.id = %1$d;
          update conversation_counter set last = last + %2$d;
          analyze;
          """
              .formatted(first, conversations));
    }
    TestSocket back = listening(bob);
    JsonObject positions = new JsonObject();
    LongStream.rangeClosed(1, conversations).forEach(g -> positions.put("" + (first + g), 1));
    JsonObject more = positions;
    int told = 0;
    while (!more.isEmpty()) {
      JsonObject piece =
          back.ask(200, "resume", new JsonObject().put("positions", more)).getJsonObject("body");
      told += piece.getJsonArray("events").size();
      assertThat(piece.getJsonArray("resync")).isEmpty();
      more = piece.getJsonObject("more");
      back.frames.clear();
    }
    assertThat(told).isEqualTo(conversations * 250);
    node.say(ann, first + conversations, "and on").is(201);
    assertThat(back.event("item.created", any -> true).getLong("rev")).isEqualTo(252);
  }

  @Test
  void aResumeReturnsWhatTheChangeFeedsReturn() {
    JsonObject positions = new JsonObject();
    for (int i = 0; i < 30; i++) {
      long group = node.group(ann, "feed " + i, "bob" + run);
      for (int said = 0; said <= i % 7; said++) {
        node.say(said % 2 == 0 ? ann : bob, group, "said " + said).is(201);
      }
      String path = "/api/conversations/" + group;
      node.send(
              "PATCH",
              i % 7 % 2 == 0 ? ann : bob,
              path + "/items/" + (i % 7 + 1),
              new JsonObject().put("body", "said better"))
          .is(200);
      node.post(cleo, path + "/read", new JsonObject().put("seq", 1)).is(404);
      if (i % 3 == 0) {
        node.send("PUT", ann, path + "/members/cleo" + run, null).is(200);
        node.post(bob, path + "/read", new JsonObject().put("seq", i % 7 + 1)).is(200);
      }
      if (i % 6 == 0) {
        node.delete(ann, path + "/members/cleo" + run).is(204);
        node.send("PATCH", ann, path, new JsonObject().put("name", "renamed " + i)).is(200);
      }
      positions.put("" + group, i % 4);
    }
    JsonObject resumed =
        kept(TestSocket.open(node, bob))
            .ask(200, "resume", new JsonObject().put("positions", positions))
            .getJsonObject("body");
    JsonArray fed = new JsonArray();
    positions.forEach(
        each ->
            node.get(
                    bob,
                    "/api/conversations/" + each.getKey() + "/changes?since=" + each.getValue())
                .is(200)
                .data()
                .forEach(fed::add));
    assertThat(resumed.getJsonArray("events")).isEqualTo(fed);
    assertThat(fed.size()).isGreaterThan(100);
    assertThat(resumed.getJsonObject("more")).isEqualTo(new JsonObject());
  }

  @Test
  void typingIsShownToTheOtherMembers() {
    long group = node.group(ann, "typing", "bob" + run);
    TestSocket writes = listening(ann);
    TestSocket sees = listening(bob);
    TestSocket stranger = listening(cleo);
    JsonObject typing = new JsonObject().put("ref", group).put("active", true);
    writes.ask(204, "typing", typing);
    JsonObject event = sees.event("typing", any -> true);
    assertThat(event.getLong("conversation_id")).isEqualTo(group);
    assertThat(event.getJsonObject("typing").getBoolean("active")).isTrue();
    assertThat(event.getJsonObject("typing").getJsonObject("party").getString("handle"))
        .isEqualTo("ann" + run);
    assertThat(event.containsKey("rev")).isFalse();
    IntStream.range(0, 20).forEach(i -> writes.ask(204, "typing", typing));
    writes.close();
    sees.event("typing", each -> !each.getJsonObject("typing").getBoolean("active"));
    assertThat(sees.inbox("typing").size()).isLessThan(5);
    stranger.ask(404, "typing", typing);
    stranger.ask(400, "typing", new JsonObject().put("active", true));
    assertThat(stranger.inbox()).isEmpty();
  }

  @Test
  void typingThatTogglesIsShownOnceASecond() {
    long group = node.group(ann, "undecided", "bob" + run);
    TestSocket writes = kept(TestSocket.open(node, ann));
    TestSocket sees = listening(bob);
    JsonObject ref = new JsonObject().put("ref", group);
    long began = System.nanoTime();
    for (int i = 0; i < 40; i++) {
      writes.ask(204, "typing", ref.copy().put("active", i % 2 == 0));
    }
    sees.until(
        () -> {
          List<JsonObject> told = sees.inbox("typing");
          return !told.isEmpty() && !told.getLast().getJsonObject("typing").getBoolean("active");
        },
        "the last of it");
    long seconds = 1 + (System.nanoTime() - began) / 1_000_000_000;
    assertThat(sees.inbox("typing")).hasSizeBetween(2, (int) seconds + 1);
  }

  @Test
  void anEventOver32KiBIsTruncated() {
    long group = node.group(ann, "long events", "bob" + run);
    TestSocket reader = listening(bob);
    // six bytes each in JSON
    String body = "x" + "\u0001".repeat(5_000);
    node.say(ann, group, body).is(201);
    JsonObject first = reader.event("item.created", any -> true);
    int left = 32 * 1024 - first.encode().getBytes(StandardCharsets.UTF_8).length;
    node.say(ann, group, body + "x".repeat(left)).is(201);
    node.say(ann, group, body + "x".repeat(left + 1)).is(201);
    reader.event("item.created", each -> each.getLong("rev") == 4);
    assertThat(reader.inbox().stream().map(each -> each.containsKey("truncated")).toList())
        .isEqualTo(List.of(false, false, true));
  }

  @Test
  void presenceIsReturnedAndThenFollowed() {
    TestSocket asks = listening(ann);
    JsonObject question =
        new JsonObject().put("users", new JsonArray().add("bob" + run).add("nobody-at-all"));
    JsonObject before =
        asks.ask(200, "presence", question)
            .getJsonObject("body")
            .getJsonArray("data")
            .getJsonObject(0);
    assertThat(before.getBoolean("online")).isFalse();
    TestSocket comes = listening(bob);
    JsonObject came = asks.event("presence", any -> true).getJsonObject("presence");
    assertThat(came.getBoolean("online")).isTrue();
    assertThat(came.getJsonObject("party").getString("handle")).isEqualTo("bob" + run);
    TestSocket second = listening(bob);
    comes.close();
    asks.ping();
    second.ping();
    assertThat(asks.inbox("presence")).hasSize(1);
    second.close();
    JsonObject went =
        asks.event("presence", each -> !each.getJsonObject("presence").getBoolean("online"))
            .getJsonObject("presence");
    assertThat(went.getString("last_seen_at")).isNotNull();
    asks.until(
        () ->
            asks.ask("presence", question)
                .getJsonObject("body")
                .getJsonArray("data")
                .getJsonObject(0)
                .containsKey("last_seen_at"),
        "when bob was seen");
  }

  @Test
  void framesBeforeAuthenticationAreRefused() {
    TestSocket unknown = kept(TestSocket.open(node, ""));
    unknown.ping();
    unknown.ask(401, "listConversations", new JsonObject());
    unknown.frame(new JsonObject().put("type", "register").put("address", "inbox"));
    unknown.next(
        frame ->
            "inbox".equals(frame.getString("address")) && frame.getInteger("failureCode") == 401,
        "a refusal");
    unknown.ask(401, "authenticate", new JsonObject().put("token", "not one"));
    unknown.ask(400, "authenticate", new JsonObject());
    String token = node.token("ann" + run).getString("access_token");
    JsonObject known = unknown.ask(200, "authenticate", new JsonObject().put("token", token));
    assertThat(known.getJsonObject("body").getJsonObject("user").getString("username"))
        .isEqualTo("ann" + run);
    unknown.ask(200, "listConversations", new JsonObject());
  }

  @Test
  void aSocketThatNeverAuthenticatesIsClosed() {
    TestSocket unknown = kept(TestSocket.open(node, ""));
    assertThat(unknown.closeCode()).isEqualTo(4401);
  }

  @Test
  void invalidCredentialsInTheHandshakeAreRefused() {
    assertThatThrownBy(() -> TestSocket.open(node, "Bearer nonsense"))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(WebSocketHandshakeException.class);
    assertThatThrownBy(
            () -> TestSocket.open(node, "/eventbus/websocket?ticket=nonsense", "").join())
        .hasCauseInstanceOf(WebSocketHandshakeException.class);
  }

  @Test
  void signingOutClosesEverySocketOfTheLogin() {
    JsonObject tokens = node.token("ann" + run);
    TestSocket one = listening("Bearer " + tokens.getString("access_token"));
    TestSocket two = listening("Bearer " + node.token("ann" + run).getString("access_token"));
    node.post(
            "",
            "/api/auth/revoke",
            new JsonObject().put("token", tokens.getString("refresh_token")))
        .is(200);
    assertThat(one.closeCode()).isEqualTo(4401);
    two.ping();
  }

  @Test
  void aLoginThatEndsDuringHandshakesKeepsNoSocket() {
    for (int round = 0; round < 5; round++) {
      JsonObject tokens = node.token("ann" + run);
      String bearer = "Bearer " + tokens.getString("access_token");
      node.get(bearer, "/api/users/me").is(200);
      JsonObject revocation = new JsonObject().put("token", tokens.getString("refresh_token"));
      List<CompletableFuture<TestSocket>> opening = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        opening.add(TestSocket.open(node, "/eventbus/websocket", bearer));
        if (i == round * 6) {
          node.sendAsync("POST", "", "/api/auth/revoke", revocation).join().is(200);
        }
      }
      for (CompletableFuture<TestSocket> each : opening) {
        // refused at the handshake, or ended soon after it
        TestSocket socket = each.exceptionally(refused -> null).join();
        if (socket != null) {
          assertThat(socket.closeCode()).isEqualTo(4401);
        }
      }
    }
  }

  @Test
  void aSocketMayAuthenticateAsAnotherUser() {
    long anns = node.group(ann, "anns", "cleo" + run);
    long bobs = node.group(bob, "bobs", "cleo" + run);
    TestSocket socket = listening(ann);
    String token = node.token("bob" + run).getString("access_token");
    socket.ask(200, "authenticate", new JsonObject().put("token", token));
    socket.ping();
    node.say(cleo, anns, "to ann").is(201);
    node.say(cleo, bobs, "to bob").is(201);
    socket.event("item.created", each -> "to bob".equals(body(each)));
    assertThat(socket.inbox("item.created")).hasSize(1);
  }

  @Test
  void aMalformedFrameIsAnsweredAndTheNextOneWorks() {
    TestSocket socket = listening(ann);
    for (String bad :
        List.of(
            "",
            "{",
            "[]",
            "null",
            "{\"type\":1}",
            "{\"type\":\"sing\"}",
            "{\"type\":\"send\"}",
            "{\"type\":\"send\",\"address\":\"getMe\",\"body\":[]}",
            "{\"type\":\"ping\",\"type\":\"ping\"}")) {
      int before = socket.frames.size();
      socket.text(bad);
      socket.until(() -> socket.frames.size() > before, "an answer to " + bad);
    }
    socket.raw().sendBinary(java.nio.ByteBuffer.wrap(new byte[] {(byte) 0xff, 0}), true).join();
    JsonObject publish =
        new JsonObject()
            .put("type", "publish")
            .put("address", "inbox")
            .put("body", new JsonObject());
    socket.frame(publish);
    socket.next(
        frame ->
            "access_denied".equals(frame.getString("body"))
                && "inbox".equals(frame.getString("address")),
        "a refusal");
    assertThat(socket.ask("no.such.address", new JsonObject()).getString("body"))
        .isEqualTo("access_denied");
    assertThat(socket.ask("live.attend", new JsonObject()).getString("body"))
        .isEqualTo("access_denied");
    socket.ask(200, "getMe", new JsonObject());
  }

  @Test
  void errorsOfAFrameGoToItsReplyAddress() {
    TestSocket socket = listening(ann);
    List<String> wrong =
        List.of(
            "'address':'resume','body':{'positions':[]}",
            "'address':'resume','body':{'positions':{'a':1}}",
            "'address':'resume','body':{'more':1}",
            "'address':'getMe','body':[]",
            "'address':'getMe','headers':5",
            "'address':5",
            "'address':'typing','body':{'ref':'1','activ':true}",
            "'address':'presence','body':{'users':[],'more':1}",
            "'address':'authenticate','body':{'token':'x','more':1}",
            "'address':'appendItem','headers':{'Idempotency-Key':5},'body':{'ref':'1'}",
            "'address':'appendItem','body':{'ref':'1','type':'message','body':'\\ud800'}",
            "'address':'getMe','address':'getMe'");
    for (int i = 0; i < wrong.size(); i++) {
      String address = "wrong " + i;
      socket.text(
          ("{'type':'send','replyAddress':'" + address + "'," + wrong.get(i) + "}")
              .replace('\'', '"'));
      JsonObject answer =
          socket.next(frame -> address.equals(frame.getString("address")), wrong.get(i));
      assertThat(answer.getInteger("failureCode")).describedAs(wrong.get(i)).isEqualTo(400);
    }
    socket.text("{\"replyAddress\":\"sings\",\"type\":\"sing\"}");
    socket.next(frame -> "sings".equals(frame.getString("address")), "an answer");
  }

  @Test
  void anIdempotencyKeyOfNullIsNone() {
    long group = node.group(ann, "no key", "bob" + run);
    TestSocket socket = kept(TestSocket.open(node, ann));
    for (int i = 1; i <= 2; i++) {
      String reply = "no key " + i;
      socket.frame(
          new JsonObject()
              .put("type", "send")
              .put("address", "appendItem")
              .put("headers", new JsonObject().putNull("Idempotency-Key"))
              .put("body", message(group, "again"))
              .put("replyAddress", reply));
      JsonObject answer = socket.next(frame -> reply.equals(frame.getString("address")), reply);
      assertThat(answer.getJsonObject("body").getLong("seq")).isEqualTo(i);
    }
  }

  @Test
  void problemsAreThoseOfHttp() {
    TestSocket socket = listening(ann);
    JsonObject problem =
        socket.ask(
            400,
            "sendMessage",
            new JsonObject().put("ref", "bob" + run).put("body", 5).put("more", 1));
    assertThat(problem.getString("failureType")).isEqualTo("RECIPIENT_FAILURE");
    assertThat(problem.getJsonObject("problem").getString("type")).isEqualTo("invalid");
    assertThat(problem.getJsonObject("problem").getJsonArray("errors")).hasSize(2);
    socket.ask(404, "getConversation", new JsonObject().put("ref", "nobody-there"));
    socket.ask(403, "listDeliveries", new JsonObject());
    socket.ask(200, "listConversations", new JsonObject().put("limit", 1));
    socket.ask(200, "listConversations", new JsonObject().put("limit", "1"));
    socket.ask(400, "listConversations", new JsonObject().put("limit", "one"));
  }

  @Test
  void operationsOfTheSocketAloneAreValidatedLikeAllOthers() {
    TestSocket socket = listening(ann);
    assertThat(wrongFields(socket, "typing", new JsonObject().put("active", 1).put("more", 1)))
        .containsExactlyInAnyOrder("ref", "active", "more");
    assertThat(wrongFields(socket, "presence", new JsonObject().put("users", "bob")))
        .containsExactly("users");
    assertThat(wrongFields(socket, "authenticate", new JsonObject().put("token", "")))
        .containsExactly("token");
    JsonObject positions = new JsonObject().put("12", -1).put("bob", 4);
    assertThat(wrongFields(socket, "resume", new JsonObject().put("positions", positions)))
        .hasSize(2)
        .allMatch(field -> field.startsWith("positions"));
  }

  private static List<String> wrongFields(TestSocket socket, String address, JsonObject body) {
    JsonObject problem = socket.ask(400, address, body).getJsonObject("problem");
    assertThat(problem.getString("type")).isEqualTo("invalid");
    return problem.getJsonArray("errors").stream()
        .map(error -> ((JsonObject) error).getString("field"))
        .toList();
  }

  @Test
  void aRefThatIsTooLongANumberIsNotFoundAndTheNextFrameWorks() {
    TestSocket socket = listening(ann);
    socket.ask(404, "appendItem", message("1234567890123456789", "lost"));
    socket.ask(200, "listConversations", new JsonObject());
  }

  private void awaitDelivered(TestSocket asking, long group, String handle, long seq) {
    asking.until(
        () ->
            node.get(ann, "/api/conversations/" + group + "/receipts").is(200).data().stream()
                .map(JsonObject.class::cast)
                .anyMatch(
                    each ->
                        each.getJsonObject("party").getString("handle").equals(handle)
                            && each.getLong("delivered_seq") == seq),
        handle + " has got " + seq);
  }

  private JsonObject member(long group, String handle) {
    return node.get(ann, "/api/conversations/" + group + "/members").is(200).data().stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getJsonObject("party").getString("handle").equals(handle))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void onlyWhatReachedASocketCountsAsDelivered() {
    long group = node.group(ann, "reach", "bob" + run, "cleo" + run);
    TestSocket sender = listening(ann);
    TestSocket hears = listening(bob);
    for (int i = 1; i <= 3; i++) {
      node.say(ann, group, "said " + i).is(201);
    }
    hears.event("item.created", each -> "said 3".equals(body(each)));
    awaitDelivered(sender, group, "bob" + run, 3);
    assertThat(member(group, "bob" + run).getLong("read_seq")).isZero();
    assertThat(member(group, "bob" + run).getLong("delivered_seq")).isEqualTo(3);
    assertThat(member(group, "ann" + run).getLong("delivered_seq")).isEqualTo(3);
    node.say(ann, group, "said 4").is(201);
    hears.event("item.created", each -> "said 4".equals(body(each)));
    TestSocket back = listening(cleo);
    awaitDelivered(sender, group, "bob" + run, 4);
    assertThat(member(group, "cleo" + run).getLong("delivered_seq")).isZero();
    back.ask(200, "resume", new JsonObject().put("positions", new JsonObject().put("" + group, 1)));
    awaitDelivered(sender, group, "cleo" + run, 4);
    assertThat(sender.revs(group)).isEqualTo(List.of(2L, 3L, 4L, 5L));
  }

  @Test
  void whatAClientReceivedBeforeItOrItsNodeLeftCountsAsDelivered() {
    long group = node.group(ann, "leaving", "bob" + run, "cleo" + run);
    try (TestGateway second = new TestGateway(url)) {
      TestSocket stays = kept(TestSocket.listening(second, bob));
      second.say(ann, group, "before I go").is(201);
      stays.event("item.created", event -> "before I go".equals(body(event)));
    }
    assertThat(member(group, "bob" + run).getLong("delivered_seq")).isEqualTo(1);
    TestSocket leaves = listening(cleo);
    node.say(ann, group, "before you go").is(201);
    leaves.event("item.created", event -> "before you go".equals(body(event)));
    leaves.close();
    awaitDelivered(listening(ann), group, "cleo" + run, 2);
  }

  @Test
  void aNodeThatShutsDownClosesItsSocketsWith1012() {
    TestGateway second = new TestGateway(url);
    TestSocket socket = TestSocket.listening(second, ann);
    second.close();
    assertThat(socket.closeCode()).isEqualTo(1012);
  }
}
