package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.api.contract.ContractCheck;
import io.parley.testing.GatewayExtension;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who may do what, in production: every operation by every kind of caller. An operation without a
 * row fails here.
 */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class AuthorizationTest {
  /** The verdicts on nobody, stranger, ex-member, member, owner, admin. */
  record Row(
      String method,
      String path,
      Object body,
      int nobody,
      int stranger,
      int exMember,
      int member,
      int owner,
      int admin) {}

  static final Map<String, Row> TABLE = new LinkedHashMap<>();
  private static final String TALK = "/api/conversations/{group}";
  private static final String THUMB = "%F0%9F%91%8D";
  private static TestGateway node;
  private static final Map<String, String> callers = new LinkedHashMap<>();

  static final JsonObject TRANSFER =
      json("type", "transfer", "transfer", json("amount", 12_50, "currency", "EUR"));

  private static void row(String id, String method, String path, Object body, int... verdicts) {
    TABLE.put(
        id,
        new Row(
            method,
            path,
            body,
            verdicts[0],
            verdicts[1],
            verdicts[2],
            verdicts[3],
            verdicts[4],
            verdicts[5]));
  }

  private static JsonObject json(Object... pairs) {
    JsonObject json = new JsonObject();
    for (int i = 0; i < pairs.length; i += 2) {
      json.put((String) pairs[i], pairs[i + 1]);
    }
    return json;
  }

  static {
    row(
        "createUser",
        "POST",
        "/api/users",
        json("name", "New", "email", "{unique}@example.org", "password", "a good password"),
        201,
        201,
        201,
        201,
        201,
        201);
    row(
        "issueToken",
        "POST",
        "/api/auth/token",
        json("grant_type", "password", "username", "owner", "password", TestGateway.PASSWORD),
        200,
        200,
        200,
        200,
        200,
        200);
    row(
        "revokeToken",
        "POST",
        "/api/auth/revoke",
        json("token", "x"),
        200,
        200,
        200,
        200,
        200,
        200);
    row("listUsers", "GET", "/api/users", null, 401, 200, 200, 200, 200, 200);
    row("getUser", "GET", "/api/users/owner", null, 401, 200, 200, 200, 200, 200);
    row("getMe", "GET", "/api/users/me", null, 401, 200, 200, 200, 200, 200);
    row(
        "updateMe",
        "PATCH",
        "/api/users/me",
        json("name", "Somebody"),
        401,
        200,
        200,
        200,
        200,
        200);
    row(
        "createKey",
        "POST",
        "/api/keys",
        json("name", "Robot", "scopes", new JsonArray().add("chat")),
        401,
        403,
        403,
        403,
        403,
        201);
    row("listKeys", "GET", "/api/keys", null, 401, 403, 403, 403, 403, 200);
    row("deleteKey", "DELETE", "/api/keys/999999", null, 401, 403, 403, 403, 403, 404);
    row("createTicket", "POST", "/api/live/tickets", null, 401, 201, 201, 201, 201, 201);
    row(
        "createConversation",
        "POST",
        "/api/conversations",
        json("kind", "group", "name", "g"),
        401,
        201,
        201,
        201,
        201,
        201);
    row("listConversations", "GET", "/api/conversations", null, 401, 200, 200, 200, 200, 200);
    row("getConversation", "GET", TALK, null, 401, 404, 404, 200, 200, 404);
    row("postToConversation", "POST", TALK, json("content", "x"), 401, 404, 404, 201, 201, 404);
    row("sendMessage", "POST", TALK + "/messages", json("body", "x"), 401, 404, 404, 201, 201, 404);
    row(
        "appendItem",
        "POST",
        TALK + "/items",
        json("type", "message", "body", "x"),
        401,
        404,
        404,
        201,
        201,
        404);
    row("listItems", "GET", TALK + "/items", null, 401, 404, 404, 200, 200, 404);
    row("listMessages", "GET", TALK + "/messages", null, 401, 404, 404, 200, 200, 404);
    row("getItem", "GET", TALK + "/items/1", null, 401, 404, 404, 200, 200, 404);
    row(
        "editItem",
        "PATCH",
        TALK + "/items/1",
        json("body", "edited"),
        401,
        404,
        404,
        403,
        200,
        404);
    row("deleteItem", "DELETE", TALK + "/items/2", null, 401, 404, 404, 403, 200, 404);
    row(
        "moveTransfer",
        "POST",
        TALK + "/items/3/state",
        json("state", "canceled"),
        401,
        404,
        404,
        403,
        200,
        404);
    row(
        "addReaction",
        "PUT",
        TALK + "/items/1/reactions/" + THUMB,
        null,
        401,
        404,
        404,
        200,
        200,
        404);
    row(
        "removeReaction",
        "DELETE",
        TALK + "/items/1/reactions/" + THUMB,
        null,
        401,
        404,
        404,
        204,
        204,
        404);
    row("markRead", "POST", TALK + "/read", json("seq", 1), 401, 404, 404, 200, 200, 404);
    row("listReceipts", "GET", TALK + "/receipts", null, 401, 404, 404, 200, 200, 404);
    row("listChanges", "GET", TALK + "/changes?since=0", null, 401, 404, 404, 200, 200, 404);
    row("history", "GET", "/history/{group}", null, 401, 404, 404, 200, 200, 404);
    row("listMembers", "GET", TALK + "/members", null, 401, 404, 404, 200, 200, 404);
    row("addMember", "PUT", TALK + "/members/member", null, 401, 404, 404, 403, 200, 404);
    row("updateConversation", "PATCH", TALK, json("name", "renamed"), 401, 404, 404, 403, 200, 404);
    row("topUsers", "GET", "/api/analytics/users", null, 401, 403, 403, 403, 403, 200);
    row("messagesOverTime", "GET", "/api/analytics/messages", null, 401, 403, 403, 403, 403, 200);
    row(
        "topConversations",
        "GET",
        "/api/analytics/conversations",
        null,
        401,
        403,
        403,
        403,
        403,
        200);
    row(
        "searchItems",
        "GET",
        "/api/search?q=first&ref={group}",
        null,
        401,
        404,
        404,
        200,
        200,
        404);
    row("removeMember", "DELETE", TALK + "/members/spare", null, 401, 404, 404, 403, 204, 404);
    row("listDeliveries", "GET", "/api/deliveries", null, 401, 403, 403, 403, 403, 200);
    row("countDeliveries", "GET", "/api/deliveries/counts", null, 401, 403, 403, 403, 403, 200);
    String delivery = "/api/deliveries/999999";
    row("getDelivery", "GET", delivery, null, 401, 403, 403, 403, 403, 404);
    row("listAttempts", "GET", delivery + "/attempts", null, 401, 403, 403, 403, 403, 404);
    row("redriveDeliveries", "POST", "/api/deliveries/redrive", null, 401, 403, 403, 403, 403, 202);
    row("redriveDelivery", "POST", delivery + "/redrive", null, 401, 403, 403, 403, 403, 404);
    row("listProviders", "GET", "/api/providers", null, 401, 403, 403, 403, 403, 200);
    row("listNodes", "GET", "/api/nodes", null, 401, 403, 403, 403, 403, 200);
    String noNode = "/api/nodes/00000000-0000-0000-0000-000000000000";
    row("drainNode", "POST", noNode + "/drain", null, 401, 403, 403, 403, 403, 404);
    String file = "/api/attachments/00000000-0000-0000-0000-000000000000";
    row("uploadAttachment", "POST", "/api/attachments", "a file", 401, 201, 201, 201, 201, 201);
    row("getAttachment", "GET", file, null, 401, 404, 404, 404, 404, 404);
    row("linkAttachment", "POST", file + "/link", null, 401, 404, 404, 404, 404, 404);
    JsonObject sms =
        json("from", "+12016661234", "to", "+18045551234", "type", "sms", "body", "hi");
    row("sendSms", "POST", "/api/messages/sms", sms, 401, 403, 403, 403, 403, 422);
    JsonObject email = json("from", "ours@example.com", "to", "ann@example.org", "body", "hi");
    row("sendEmail", "POST", "/api/messages/email", email, 401, 403, 403, 403, 403, 422);
    row(
        "receiveSms",
        "POST",
        "/api/webhooks/sms",
        sms.copy().put("messaging_provider_id", "authorization"),
        401,
        403,
        403,
        403,
        403,
        200);
    row(
        "receiveEmail",
        "POST",
        "/api/webhooks/email",
        email.copy().put("xillio_id", "authorization"),
        401,
        403,
        403,
        403,
        403,
        200);
    row(
        "receiveStatus",
        "POST",
        "/api/webhooks/status",
        json("provider", "one", "id", "x", "state", "sent"),
        401,
        403,
        403,
        403,
        403,
        204);
  }

  /** The verdicts on keys, by their one scope. The first of them is in the group. */
  private static final String KEYS =
      """
                         chat messages transfers analytics admin
      createUser          201 201 201 201 201
      issueToken          200 200 200 200 200
      revokeToken         200 200 200 200 200
      listUsers           200 200 403 403 200
      getUser             200 200 403 403 200
      getMe               403 403 403 403 403
      updateMe            403 403 403 403 403
      createKey           403 403 403 403 201
      listKeys            403 403 403 403 200
      deleteKey           403 403 403 403 404
      createTicket        201 201 403 403 201
      createConversation  201 403 403 403 403
      listConversations   200 200 403 403 200
      getConversation     200 404 403 403 404
      postToConversation  201 404 403 403 404
      sendMessage         201 404 403 403 404
      appendItem          201 404 403 403 404
      listItems           200 404 403 403 404
      listMessages        200 404 403 403 404
      getItem             200 404 404 403 404
      editItem            403 404 403 403 404
      deleteItem          403 404 403 403 404
      moveTransfer        403 404 403 403 404
      addReaction         200 404 403 403 404
      removeReaction      204 404 403 403 404
      markRead            200 404 403 403 404
      listReceipts        200 404 403 403 404
      listChanges         200 404 403 403 404
      history             200 404 403 403 404
      listMembers         200 404 403 403 404
      addMember           403 403 403 403 403
      updateConversation  403 403 403 403 403
      removeMember        403 403 403 403 403
      topUsers            403 403 403 200 200
      topConversations    403 403 403 200 200
      messagesOverTime    403 403 403 200 200
      searchItems         200 404 403 403 404
      listDeliveries      403 200 403 403 200
      countDeliveries     403 200 403 403 200
      getDelivery         403 404 403 403 404
      listAttempts        403 404 403 403 404
      redriveDeliveries   403 202 403 403 202
      redriveDelivery     403 404 403 403 404
      listProviders       403 200 403 403 200
      listNodes           403 200 403 403 200
      drainNode           403 403 403 403 404
      uploadAttachment    201 201 403 403 201
      getAttachment       404 404 403 403 404
      linkAttachment      404 404 403 403 404
      sendSms             403 422 403 403 422
      sendEmail           403 422 403 403 422
      receiveSms          403 200 403 403 200
      receiveEmail        403 200 403 403 200
      receiveStatus       403 204 403 403 204
      """;

  private static final Map<String, List<String>> KEY_TABLE = new LinkedHashMap<>();

  static {
    KEYS.lines()
        .skip(1)
        .map(line -> List.of(line.strip().split(" +", -1)))
        .forEach(cells -> KEY_TABLE.put(cells.getFirst(), cells.subList(1, cells.size())));
  }

  private static long group;
  private static long groupWithAKey;

  @BeforeAll
  static void start(TestGateway gateway) {
    node = gateway;
    callers.put("nobody", "");
    for (String name : List.of("stranger", "exmember", "member", "owner", "spare")) {
      callers.put(name, node.signUp(name, "person"));
    }
    callers.put("admin", TestGateway.basic("admin@parley.local"));
    group = node.group(callers.get("owner"), "ours", "exmember", "member", "spare");
    node.say(callers.get("owner"), group, "first").is(201);
    node.say(callers.get("owner"), group, "second").is(201);
    node.post(callers.get("owner"), "/api/conversations/" + group + "/items", TRANSFER).is(201);
    node.send(
            "PATCH",
            callers.get("owner"),
            "/api/conversations/" + group,
            json("remove", new JsonArray().add("exmember")))
        .is(200);
    makeKeys(callers.get("owner"));
  }

  private static void makeKeys(String owner) {
    groupWithAKey = node.group(owner, "with a key", "member", "spare");
    String path = "/api/conversations/" + groupWithAKey;
    node.say(owner, groupWithAKey, "first").is(201);
    node.say(owner, groupWithAKey, "second").is(201);
    node.post(owner, path + "/items", TRANSFER).is(201);
    for (String scope : scopes()) {
      JsonObject key = node.key(callers.get("admin"), scope);
      callers.put(keyFor(scope), "Bearer " + key.getString("secret"));
      if (scope.equals("chat")) {
        node.send("PUT", owner, path + "/members/" + key.getLong("id"), null).is(200);
      }
    }
  }

  private static String keyFor(String scope) {
    return "key for " + scope;
  }

  private static List<String> scopes() {
    return List.of(KEYS.lines().findFirst().orElseThrow().strip().split(" +", -1));
  }

  @Test
  void everyOperationHasARow() {
    Set<String> missing = new HashSet<>(ContractCheck.contract().verbs().keySet());
    missing.removeAll(TABLE.keySet());
    assertThat(missing).isEmpty();
    assertThat(KEY_TABLE.keySet()).isEqualTo(TABLE.keySet());
  }

  @TestFactory
  List<DynamicTest> everyCallerGetsTheirVerdict() {
    List<DynamicTest> tests = new ArrayList<>();
    TABLE.forEach(
        (id, row) -> {
          tests.add(verdict(id, row, "nobody", row.nobody()));
          tests.add(verdict(id, row, "stranger", row.stranger()));
          tests.add(verdict(id, row, "exmember", row.exMember()));
          tests.add(verdict(id, row, "admin", row.admin()));
          tests.add(verdict(id, row, "member", row.member()));
          tests.add(verdict(id, row, "owner", row.owner()));
        });
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyKeyGetsItsVerdict() {
    List<DynamicTest> tests = new ArrayList<>();
    KEY_TABLE.forEach(
        (id, verdicts) -> {
          for (int i = 0; i < verdicts.size(); i++) {
            String scope = scopes().get(i);
            int expected = Integer.parseInt(verdicts.get(i));
            tests.add(
                DynamicTest.dynamicTest(
                    id + " by a " + keyFor(scope) + ": " + expected,
                    () -> ask(TABLE.get(id), keyFor(scope), groupWithAKey).is(expected)));
          }
        });
    return tests;
  }

  private static DynamicTest verdict(String id, Row row, String caller, int expected) {
    return DynamicTest.dynamicTest(
        id + " by " + caller + ": " + expected, () -> ask(row, caller, group).is(expected));
  }

  @TestFactory
  List<DynamicTest> whatIsNotTheirsLooksLikeWhatIsNotThere() {
    List<DynamicTest> tests = new ArrayList<>();
    TABLE.forEach(
        (id, row) -> {
          if (row.stranger() == 404) {
            tests.add(
                DynamicTest.dynamicTest(
                    id,
                    () -> {
                      Reply theirs = ask(row, "stranger", group);
                      Reply nothing = ask(row, "stranger", 999_999);
                      assertThat(theirs.status()).isEqualTo(nothing.status());
                      assertThat(theirs.body()).isEqualTo(nothing.body());
                    }));
          }
        });
    return tests;
  }

  private static Reply ask(Row row, String caller, long conversation) {
    String path = row.path().replace("{group}", Long.toString(conversation));
    Object body =
        row.body() instanceof JsonObject json
            ? new JsonObject(json.encode().replace("{unique}", "u" + System.nanoTime()))
            : row.body();
    return node.send(row.method(), callers.get(caller), path, body);
  }
}
