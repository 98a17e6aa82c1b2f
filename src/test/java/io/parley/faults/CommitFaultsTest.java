package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.DatabaseProxy;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.parley.testing.TestSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of write, when something fails right after its commit: the caller is told what was
 * done and the others hear of it, whether no read works any more or the reply to the commit is
 * lost.
 */
@Tag("fault")
class CommitFaultsTest {
  private static final String ADMIN = TestGateway.basic("admin");
  private static final AtomicInteger NEXT = new AtomicInteger();
  private static String url;
  private static DatabaseProxy database;
  private static TestGateway node;
  private static String ann;
  private static String bob;
  private static long group;

  /** A request, its answer, and the events that everybody in the conversation receives. */
  private record Write(
      String method, String path, Object body, String caller, int status, List<String> events) {
    Reply send(String... headers) {
      return node.send(method, caller, path, body, headers);
    }
  }

  @FunctionalInterface
  private interface Preparation {
    /** Prepares what the request is about. */
    Write write();
  }

  @BeforeAll
  static void start() {
    url = TestDatabase.durable().url();
    database = new DatabaseProxy(url);
    node =
        new TestGateway(database.url(), Map.of("PARLEY_SENDERS", "+12025550000,desk@acme.example"));
    ann = node.signUp("ann", "person");
    bob = node.signUp("bob", "person");
    group = node.group(ann, "team", "bob");
    node.say(ann, group, "first").is(201);
  }

  @AfterAll
  static void stop() {
    database.heal();
    node.close();
    database.close();
    TimelineInvariants.check(url);
  }

  @BeforeEach
  void heal() {
    database.heal();
    Await.until("the node is ready", () -> node.get("", "/health/ready").status() == 200);
  }

  private static JsonObject json(Object... pairs) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      json.put((String) pairs[i], pairs[i + 1]);
    }
    return json;
  }

  /** A user nobody has written to. */
  private static String stranger() {
    String name = "stranger" + NEXT.incrementAndGet();
    node.signUp(name, "person");
    return name;
  }

  private static JsonObject sms() {
    return json(
        "from",
        "+12025550000",
        "to",
        "+1202%07d".formatted(3_000_000 + NEXT.incrementAndGet()),
        "type",
        "sms",
        "body",
        "hi",
        "attachments",
        new JsonArray());
  }

  private static String group(String path) {
    return "/api/conversations/" + group + path;
  }

  private static String said() {
    return group("/items/" + node.say(ann, group, "something").is(201).json().getLong("seq"));
  }

  private static Write firstMessage() {
    return new Write(
        "POST",
        "/api/conversations/" + stranger() + "/messages",
        json("body", "hi"),
        ann,
        201,
        List.of("conversation.created", "item.created"));
  }

  private static Write openDirect() {
    return new Write(
        "POST",
        "/api/conversations",
        json("kind", "direct", "with", stranger()),
        ann,
        201,
        List.of("conversation.created"));
  }

  private static Write createGroup() {
    return new Write(
        "POST",
        "/api/conversations",
        json("kind", "group", "name", "new", "members", new JsonArray(List.of("bob"))),
        ann,
        201,
        List.of("conversation.created"));
  }

  private static Write rename() {
    return new Write(
        "PATCH",
        group(""),
        json("name", "team " + NEXT.incrementAndGet()),
        ann,
        200,
        List.of("conversation.updated"));
  }

  private static Write addMember() {
    return new Write(
        "PUT", group("/members/" + stranger()), null, ann, 200, List.of("member.added"));
  }

  private static Write removeMember() {
    String name = stranger();
    node.send("PUT", ann, group("/members/" + name), null).is(200);
    return new Write(
        "DELETE", group("/members/" + name), null, ann, 204, List.of("member.removed"));
  }

  private static Write sendSms() {
    return new Write(
        "POST",
        "/api/messages/sms",
        sms(),
        ADMIN,
        202,
        List.of("conversation.created", "item.created"));
  }

  private static Write append() {
    return new Write(
        "POST", group("/messages"), json("body", "hi"), ann, 201, List.of("item.created"));
  }

  private static Write markRead() {
    long seq = node.say(ann, group, "read this").is(201).json().getLong("seq");
    return new Write(
        "POST", group("/read"), json("seq", seq), bob, 200, List.of("receipt.updated"));
  }

  private static Write edit() {
    return new Write("PATCH", said(), json("body", "better"), ann, 200, List.of("item.updated"));
  }

  private static Write delete() {
    return new Write("DELETE", said(), null, ann, 200, List.of("item.updated"));
  }

  private static Write react() {
    return new Write(
        "PUT", said() + "/reactions/%F0%9F%91%8D", null, bob, 200, List.of("item.updated"));
  }

  private static Write moveTransfer() {
    JsonObject transfer =
        json("type", "transfer", "transfer", json("amount", 100, "currency", "EUR"));
    long seq = node.post(ann, group("/items"), transfer).is(201).json().getLong("seq");
    return new Write(
        "POST",
        group("/items/" + seq + "/state"),
        json("state", "canceled"),
        ann,
        200,
        List.of("item.updated"));
  }

  private static Write redrive() {
    JsonObject item = node.post(ADMIN, "/api/messages/sms", sms()).is(202).json();
    long delivery = item.getJsonArray("deliveries").getJsonObject(0).getLong("id");
    new TestDatabase(url)
        .run(
            "delete from outbox where delivery = %1$d; update delivery set state = 'failed' where id = %1$d"
                .formatted(delivery));
    return new Write(
        "POST",
        "/api/deliveries/" + delivery + "/redrive",
        null,
        ADMIN,
        202,
        List.of("item.updated"));
  }

  /** Each with a part of a statement that only its transaction runs. */
  static Stream<Arguments> writes() {
    return Stream.of(
        write("first message", "open_direct_conversation", CommitFaultsTest::firstMessage),
        write("open direct", "open_direct_conversation", CommitFaultsTest::openDirect),
        write("create group", "next_conversation_id", CommitFaultsTest::createGroup),
        write("rename", "update conversation set name", CommitFaultsTest::rename),
        write("add member", "with came as", CommitFaultsTest::addMember),
        write("remove member", "with gone as", CommitFaultsTest::removeMember),
        write("send sms", "open_external_conversations", CommitFaultsTest::sendSms),
        write("append", "append_few_items", CommitFaultsTest::append),
        write("mark read", "move_read_marks", CommitFaultsTest::markRead),
        write("edit", "update item i set rev", CommitFaultsTest::edit),
        write("delete", "update item i set rev", CommitFaultsTest::delete),
        write("react", "update item i set rev", CommitFaultsTest::react),
        write("move transfer", "update item i set rev", CommitFaultsTest::moveTransfer),
        write("redrive", "redrive_deliveries", CommitFaultsTest::redrive));
  }

  private static Arguments write(String name, String statement, Preparation preparation) {
    return arguments(name, statement, preparation);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void isAnsweredAndPublishedThoughNothingCanBeReadAfterTheCommit(
      String name, String statement, Preparation preparation) {
    Write write = preparation.write();
    try (TestSocket caller = TestSocket.listening(node, write.caller())) {
      database.loseReadsAfter(statement);
      write.send().is(write.status());
      assertThat(database.isHit()).isTrue();
      if (write.caller().equals(ADMIN)) {
        // agents receive external conversations, and which ones these are has to be looked up
        database.heal();
      }
      receives(caller, write);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writes")
  void isAnsweredAndPublishedThoughTheReplyToTheCommitIsLost(
      String name, String statement, Preparation preparation) {
    Write write = preparation.write();
    try (TestSocket caller = TestSocket.listening(node, write.caller())) {
      database.loseReplyOf(statement);
      write.send().is(write.status());
      assertThat(database.isHit()).isTrue();
      receives(caller, write);
    }
  }

  private static void receives(TestSocket caller, Write write) {
    for (String event : write.events()) {
      caller.event(event, any -> true);
    }
    assertThat(caller.isClosed()).isFalse();
  }

  @Test
  void aRetryAfterALostReplyAnswersWithTheItemAsItIsNow() {
    database.loseReplyOf(
        "append_few_items",
        () -> new TestDatabase(url).run("update item set body = 'edited' where body = 'as asked'"));

    Reply reply = node.say(ann, group, "as asked").is(201);

    assertThat(reply.header("Idempotency-Replayed")).isEmpty();
    assertThat(reply.json().getString("body")).isEqualTo("edited");
    assertThat(new TestDatabase(url).one("select count(*) from item where body = 'edited'"))
        .isEqualTo("1");
  }

  @Test
  void whatWasStoredIsNeverCalledUndoneWhenTheRetryFails() throws SQLException {
    try (Connection other = new TestDatabase(url).connect()) {
      other.setAutoCommit(false);
      database.loseReplyOf("append_few_items", () -> lock(other));

      node.say(ann, group, "surely stored").is(503, "outcome_unknown");

      other.rollback();
    }
    assertThat(new TestDatabase(url).one("select count(*) from item where body = 'surely stored'"))
        .isEqualTo("1");
  }

  private static void lock(Connection connection) {
    try {
      TestDatabase.run(
          connection, "select from conversation where id = %d for update".formatted(group));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
