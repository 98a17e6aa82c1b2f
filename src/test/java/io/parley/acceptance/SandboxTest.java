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
