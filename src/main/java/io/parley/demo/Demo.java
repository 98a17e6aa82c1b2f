package io.parley.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * The {@code make demo} command: fills a running gateway with users, groups and a deal. Every item
 * has a client id, so a second run adds nothing.
 */
public final class Demo {
  private static final String PASSWORD = "parley-demo";
  private static final String TEACUP = "%F0%9F%8D%B5";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final String base;

  private Demo(String base) {
    this.base = base;
  }

  public static void main(String[] arguments) throws Exception {
    String base = arguments.length > 0 ? arguments[0] : "http://localhost:8080";
    try {
      Demo demo = new Demo(base);
      if (!demo.isSandbox()) {
        System.err.println(
            "demo: "
                + base
                + " is not a sandbox; accounts with a known password do not belong there");
        System.exit(1);
      }
      demo.run();
    } catch (java.net.ConnectException e) {
      System.err.println("demo: no gateway answers at " + base + "; start one with: make run");
      System.exit(1);
    }
  }

  // only a sandbox answers without credentials
  private boolean isSandbox() throws IOException, InterruptedException {
    HttpRequest question = HttpRequest.newBuilder(URI.create(base + "/api/users/me")).build();
    return HTTP.send(question, BodyHandlers.discarding()).statusCode() == 200;
  }

  private void run() throws IOException, InterruptedException {
    for (String person : List.of("ann", "bob", "cleo")) {
      signUp(person, "person");
    }
    signUp("acme", "company");
    signUp("ivy", "influencer");
    frontDesk();
    talk();
    deal();
    group("Team", "ann", List.of("bob", "cleo"), 40);
    group("Lunch", "bob", List.of("ann"), 3);
    System.out.printf(
        """

        Test data is at %s: ann, bob and cleo (persons), acme (company), ivy (influencer); password %s

          curl %s/api/conversations                    (you are the sandbox's agent)
          curl -u ann:%s %s/api/conversations
          curl -u acme:%s %s/api/conversations/ivy
        """,
        base, PASSWORD, base, PASSWORD, base, PASSWORD, base);
  }

  /**
   * The group of the sandbox's agent, in a fresh database the conversation 1 on which the examples
   * of the contract work, and messages to contacts outside.
   */
  private void frontDesk() throws IOException, InterruptedException {
    JsonObject wanted =
        new JsonObject()
            .put("kind", "group")
            .put("name", "Front desk")
            .put("members", new JsonArray(List.of("ann", "bob", "cleo")))
            .put("client_id", "demo-desk");
    JsonObject desk = request("", "POST", "/api/conversations", wanted, 201, 200);
    String ref = Long.toString(desk.getLong("id"));
    send("", ref, "desk-1", "Welcome to the front desk!");
    send("ann", ref, "desk-2", "Good morning! May I have a table for two tonight?");
    JsonObject deposit =
        new JsonObject()
            .put("type", "transfer")
            .put("client_id", "demo-desk-3")
            .put("reply_to", 2)
            .put(
                "transfer",
                new JsonObject()
                    .put("amount", 2_000)
                    .put("currency", "EUR")
                    .put("reference", "Deposit"));
    request("ann", "POST", "/api/conversations/" + ref + "/items", deposit, 201, 200);
    send("", ref, "desk-4", "Your table is reserved.");
    JsonObject sms =
        new JsonObject()
            .put("from", "+15550000000")
            .put("to", "+12016661234")
            .put("type", "sms")
            .put("body", "Your table is ready.")
            .put("client_id", "demo-sms-1");
    request("", "POST", "/api/messages/sms", sms, 202, 200);
    JsonObject email =
        new JsonObject()
            .put("from", "desk@example.org")
            .put("to", "Bob <bob@example.org>")
            .put("subject", "Your table")
            .put("body", "<p>Your table is <b>ready</b>.</p>")
            .put("client_id", "demo-email-1");
    request("", "POST", "/api/messages/email", email, 202, 200);
  }

  private void signUp(String name, String kind) throws IOException, InterruptedException {
    String title = name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1);
    JsonObject user =
        new JsonObject()
            .put("name", title)
            .put("username", name)
            .put("email", name + "@example.org")
            .put("password", PASSWORD)
            .put("kind", kind);
    request("", "POST", "/api/users", user, 201, 409);
  }

  private void talk() throws IOException, InterruptedException {
    send("ann", "bob", "talk-1", "Hello Bob, have you seen the new gateway?");
    send("bob", "ann", "talk-2", "Yes! One timeline for everything.");
    JsonObject last = send("ann", "bob", "talk-3", "And nothing gets lost.");
    request(
        "bob",
        "POST",
        "/api/conversations/ann/read",
        new JsonObject().put("seq", last.getLong("seq")),
        200);
  }

  private void deal() throws IOException, InterruptedException {
    send("acme", "ivy", "deal-1", "Hello Ivy, would you show our tea to your people?");
    send("ivy", "acme", "deal-2", "Gladly. Send me the brief?");
    JsonObject brief =
        new JsonObject()
            .put("type", "attachment")
            .put("client_id", "demo-deal-3")
            .put(
                "attachments",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("url", "https://example.org/brief.pdf")
                            .put("name", "brief.pdf")));
    request("acme", "POST", "/api/conversations/ivy/items", brief, 201, 200);
    JsonObject post =
        new JsonObject()
            .put("type", "post")
            .put("client_id", "demo-deal-4")
            .put(
                "post",
                new JsonObject()
                    .put("platform", "photos")
                    .put("url", "https://example.org/p/tea")
                    .put("title", "Tea time")
                    .put("caption", "My cup this morning"));
    JsonObject shown = request("ivy", "POST", "/api/conversations/acme/items", post, 201, 200);
    request("acme", "PUT", item(shown) + "/reactions/" + TEACUP, new JsonObject(), 200);
    pay(shown.getLong("seq"));
  }

  /** The company pays for the post; the sandbox's agent, who needs no credentials, settles it. */
  private void pay(long post) throws IOException, InterruptedException {
    JsonObject transfer =
        new JsonObject()
            .put("type", "transfer")
            .put("client_id", "demo-deal-5")
            .put("reply_to", post)
            .put(
                "transfer",
                new JsonObject()
                    .put("amount", 125_000)
                    .put("currency", "EUR")
                    .put("reference", "Tea time"));
    JsonObject sent = request("acme", "POST", "/api/conversations/ivy/items", transfer, 201, 200);
    JsonObject settled =
        request(
            "",
            "POST",
            item(sent) + "/state",
            new JsonObject().put("state", "succeeded"),
            200,
            401);
    if (!settled.containsKey("transfer")) {
      System.out.println(
          "demo: the transfer stays initiated; only a sandbox has an agent that settles it");
    }
  }

  private static String item(JsonObject item) {
    return "/api/conversations/%d/items/%d"
        .formatted(item.getLong("conversation_id"), item.getLong("seq"));
  }

  private void group(String name, String owner, List<String> members, int messages)
      throws IOException, InterruptedException {
    JsonObject wanted =
        new JsonObject()
            .put("kind", "group")
            .put("name", name)
            .put("members", new JsonArray(members))
            .put("client_id", "demo-" + name);
    long id = request(owner, "POST", "/api/conversations", wanted, 201, 200).getLong("id");
    for (int i = 1; i <= messages; i++) {
      String author = i % 2 == 0 ? owner : members.get(i % members.size());
      send(author, Long.toString(id), name + "-" + i, "Message " + i + " to " + name);
    }
  }

  private JsonObject send(String author, String to, String key, String text)
      throws IOException, InterruptedException {
    JsonObject message = new JsonObject().put("body", text).put("client_id", "demo-" + key);
    return request(author, "POST", "/api/conversations/" + to + "/messages", message, 201, 200);
  }

  private JsonObject request(
      String caller, String method, String path, JsonObject body, Integer... expected)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body.encode()));
    if (!caller.isEmpty()) {
      byte[] credentials = (caller + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
    }
    HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
    if (!List.of(expected).contains(response.statusCode())) {
      System.err.println(
          "demo: "
              + method
              + " "
              + path
              + " answered "
              + response.statusCode()
              + ": "
              + response.body());
      System.exit(1);
    }
    return new JsonObject(response.body());
  }
}
