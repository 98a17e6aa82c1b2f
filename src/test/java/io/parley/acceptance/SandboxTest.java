package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole way round: what is sent arrives at the simulator, and what contacts write arrives. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class SandboxTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static TestGateway node;

  @BeforeAll
  static void start(
      @WithSettings({"PARLEY_MODE=sandbox", "PARLEY_SIMULATOR_PORT=0"}) TestGateway gateway) {
    node = gateway;
  }

  private static JsonObject simulator(String method, String path, JsonObject body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + node.simulatorPort() + path))
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()))
            .build();
    return new JsonObject(CLIENT.send(request, BodyHandlers.ofString()).body());
  }

  /** The delivery of {@code item}, once the provider has reported it. */
  private static JsonObject delivered(JsonObject item) {
    Await.until(
        "the item is delivered", () -> delivery(item).getString("state").equals("delivered"));
    return delivery(item);
  }

  private static JsonObject delivery(JsonObject item) {
    String path =
        "/api/conversations/%d/items/%d"
            .formatted(item.getInteger("conversation_id"), item.getInteger("seq"));
    return node.get("", path).is(200).json().getJsonArray("deliveries").getJsonObject(0);
  }

  @Test
  void everybodySeesEmailAddresses() {
    String me = node.signUp("sandy", "person");
    assertThat(node.get(me, "/api/users/agent").is(200).json().getString("email"))
        .isEqualTo("agent@parley.local");
  }

  @Test
  void anSmsArrivesIsReportedAndAnswered() throws Exception {
    JsonObject message =
        new JsonObject()
            .put("from", "+15550000000")
            .put("to", "+12016661234")
            .put("type", "mms")
            .put("body", "hello")
            .put("attachments", new JsonArray().add("attachment-url"))
            .put("timestamp", "2024-11-01T14:00:00Z");
    JsonObject item = node.post("", "/api/messages/sms", message).is(202).json();
    assertThat(delivered(item).getString("provider")).isEqualTo("sim-sms");
    JsonArray ledger =
        simulator("GET", "/ledger?provider=sim-sms&to=%2B12016661234", null).getJsonArray("data");
    assertThat(ledger).hasSize(1);
    JsonObject entry = ledger.getJsonObject(0);
    assertThat(entry.getString("body")).isEqualTo("hello");
    assertThat(entry.getJsonArray("attachments")).containsExactly("attachment-url");
    assertThat(entry.getBoolean("delivered")).isTrue();

    JsonObject said =
        simulator(
            "POST",
            "/inbound",
            new JsonObject()
                .put("channel", "sms")
                .put("from", "+12016661234")
                .put("to", "+15550000000")
                .put("body", "hello yourself"));
    assertThat(said.getInteger("status")).describedAs(said.encode()).isEqualTo(200);
    JsonObject answer = said.getJsonObject("answer");
    assertThat(answer.getInteger("conversation_id")).isEqualTo(item.getInteger("conversation_id"));
    assertThat(answer.getBoolean("duplicate")).isFalse();
  }

  private static String uploaded(String authorization) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(node.uri("/api/attachments?name=a"))
            .POST(BodyPublishers.ofString("content"));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return new JsonObject(CLIENT.send(request.build(), BodyHandlers.ofString()).body())
        .getString("url");
  }

  private static JsonObject mms(String to, String url) {
    return new JsonObject()
        .put("from", "+15550000000")
        .put("to", to)
        .put("type", "mms")
        .put("attachments", new JsonArray().add(url));
  }

  @Test
  void onlyAnUploadOfTheSenderIsSignedForTheProvider() throws Exception {
    String foreign = uploaded(node.signUp("mallory", "person"));
    node.post("", "/api/messages/sms", mms("+12016660001", foreign)).is(422, "unknown_attachment");
    String own = uploaded("");
    JsonObject item = node.post("", "/api/messages/sms", mms("+12016660001", own)).is(202).json();
    assertThat(item.getJsonArray("attachments").getJsonObject(0).getString("id"))
        .isEqualTo(own.substring(own.lastIndexOf('/') + 1));
    assertThat(delivered(item).getString("provider")).isEqualTo("sim-sms");
    String sent = attachmentSentTo("%2B12016660001");
    assertThat(sent).startsWith(own + "?expires=");
    String path = sent.substring(sent.indexOf("/api/"));
    HttpRequest fetch = HttpRequest.newBuilder(node.uri(path)).build();
    assertThat(CLIENT.send(fetch, BodyHandlers.ofString()).body()).isEqualTo("content");

    // a contact who knows the url of an upload, and an agent who passes the message on
    JsonObject group =
        new JsonObject()
            .put("kind", "group")
            .put("name", "passing on")
            .put(
                "members", new JsonArray().add(member("+12016660002")).add(member("+12016660003")));
    node.post("", "/api/conversations", group).is(201);
    JsonObject inbound =
        mms("+15550000000", foreign)
            .put("from", "+12016660002")
            .put("messaging_provider_id", "from a contact");
    node.post("", "/api/webhooks/sms", inbound).is(200);
    Await.until(
        "it is passed on",
        () -> !simulator("GET", "/ledger?to=%2B12016660003", null).getJsonArray("data").isEmpty());
    assertThat(attachmentSentTo("%2B12016660003")).isEqualTo(foreign);
  }

  private static JsonObject member(String address) {
    return new JsonObject()
        .put("address", address)
        .put("channel", "sms")
        .put("via", "+15550000000");
  }

  private static String attachmentSentTo(String to) throws Exception {
    return simulator("GET", "/ledger?to=" + to, null)
        .getJsonArray("data")
        .getJsonObject(0)
        .getJsonArray("attachments")
        .getString(0);
  }

  @Test
  void anEmailArrivesIsReportedAndAnswered() throws Exception {
    JsonObject message =
        new JsonObject()
            .put("from", "us@example.org")
            .put("to", "[ann@example.org](mailto:ann@example.org)")
            .put("subject", "hello")
            .put("body", "<b>hello</b>");
    JsonObject item = node.post("", "/api/messages/email", message).is(202).json();
    assertThat(delivered(item).getString("provider")).isEqualTo("sim-email");
    assertThat(simulator("GET", "/ledger?to=ann@example.org", null).getJsonArray("data"))
        .hasSize(1);
    JsonObject said =
        simulator(
            "POST",
            "/inbound",
            new JsonObject()
                .put("channel", "email")
                .put("from", "Ann <ann@example.org>")
                .put("to", "us@example.org")
                .put("subject", "Re: hello")
                .put("body", "hello yourself"));
    assertThat(said.getJsonObject("answer").getInteger("conversation_id"))
        .describedAs(said.encode())
        .isEqualTo(item.getInteger("conversation_id"));
  }
}
