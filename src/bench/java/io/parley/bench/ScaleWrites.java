package io.parley.bench;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The group of 10 000, sends, history, webhooks and sockets. */
final class ScaleWrites {
  private final ScaleOperations to;

  ScaleWrites(ScaleOperations to) {
    this.to = to;
  }

  void add() throws Exception {
    giantGroup();
    writes();
    live();
  }

  private void giantGroup() throws Exception {
    to.get(
        "group of 10 000: its member's list",
        "5 → 58–125",
        n -> "/api/conversations",
        n -> to.giant);
    to.get(
        "group of 10 000: items",
        "5 → 58–125",
        n -> ScaleOperations.GIANT_GROUP + "/items?order=desc",
        n -> to.giant);
    JsonObject message = new JsonObject().put("body", "first");
    long seq =
        to.node
            .server()
            .post(ScaleOperations.GIANT_GROUP + "/messages", to.giant, message)
            .getLong("seq");
    String path = ScaleOperations.GIANT_GROUP + "/items/" + seq;
    long first = to.run / 1_000; // other items than the run before
    to.add(
        "group of 10 000: edit",
        "5 → 58–125",
        "\"seq\"",
        n -> HttpText.send("PATCH", path, to.giant, "{\"body\":\"" + to.run + " " + n + "\"}"));
    to.add(
        "group of 10 000: reaction",
        "5 → 58–125",
        "\"seq\"",
        n ->
            HttpText.send(
                "PUT",
                ScaleOperations.GIANT_GROUP
                    + "/items/"
                    + (1 + (first + n) % seq)
                    + "/reactions/%F0%9F%91%8D",
                to.giant,
                ""));
    to.get(
        "group of 64: items",
        "",
        n -> "/api/conversations/3/items?order=desc",
        n -> to.node.token(ScaleNode.CROWD));
  }

  private void writes() {
    send("send, ordinary user", directConversations(to.node), to.node::user);
    long busyOne =
        to.node.number(
            "select max(m.conversation) from member m join conversation c on c.id = m.conversation where m.party = %d and c.kind = 'direct'"
                .formatted(ScaleNode.BUSY));
    send(
        "send, 20 000 conversations",
        List.of("/api/conversations/" + busyOne + "/messages"),
        n -> to.busy);
    send(
        "send, group of 10 000", List.of(ScaleOperations.GIANT_GROUP + "/messages"), n -> to.giant);
    long last = to.node.number("select last_seq from conversation where id = 1");
    to.get(
        "history of 2 million items, any depth",
        "6",
        n -> "/api/conversations/1/items?after=" + (n * 7_919L) % last,
        n -> to.node.token(1));
    SignedWebhook webhook = new SignedWebhook(GatewayServer.WEBHOOK_SECRET);
    to.add(
        "webhook",
        "",
        "\"id\"",
        n -> {
          String body =
              "{\"from\":\"+49151%08d\",\"to\":\"+4930000001\",\"type\":\"sms\",\"messaging_provider_id\":\"scale%d-%d\",\"body\":\"hello\",\"attachments\":null,\"timestamp\":\"2026-11-20T12:00:00Z\"}"
                  .formatted(1 + n % 100, to.run, n);
          return webhook.head("/api/webhooks/sms", body) + body;
        });
    long rev = to.node.number("select rev from conversation where id = 2");
    to.get(
        "changes",
        "",
        n -> ScaleOperations.GIANT_GROUP + "/changes?since=" + Math.max(rev - 50, 0),
        n -> to.giant);
  }

  /** Where the messages of the ordinary users go, each to the next one. */
  static List<String> directConversations(ScaleNode node) {
    List<String> paths = new ArrayList<>();
    for (int number = 0; number < ScaleNode.USERS; number++) {
      paths.add("/api/conversations/" + node.handle(number + 1) + "/messages");
    }
    return paths;
  }

  private void send(String what, List<String> paths, IntFunction<String> caller) {
    to.add(
        what,
        "7–12",
        "\"seq\"",
        n ->
            HttpText.send(
                "POST",
                paths.get(n % paths.size()),
                caller.apply(n % paths.size()),
                "{\"body\":\"hello the " + n + "\"}"));
  }

  private void live() {
    long rev = to.node.number("select rev from conversation where id = 2");
    to.add(
        new ScaleOperation(
            "resume",
            "",
            seconds -> ScaleSocket.resume(to.node, to.giant, seconds, 2, Math.max(rev - 20, 0))));
    to.add(
        new ScaleOperation(
            "register, 20 000 conversations",
            "86",
            seconds -> ScaleSocket.register(to.node, to.busy, seconds)));
  }
}
