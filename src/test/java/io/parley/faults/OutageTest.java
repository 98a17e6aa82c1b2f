package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.Concurrently;
import io.parley.testing.SimulatorClient;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sandbox whose SMS provider is down altogether, with settings as they come. */
@Tag("fault")
class OutageTest {
  private static final int SMS = 200;
  private static final int MAILS = 10;

  private final String url = TestDatabase.fresh();
  private TestGateway node;
  private SimulatorClient simulator;

  @BeforeEach
  void open() {
    node = new TestGateway(url, Map.of("PARLEY_MODE", "sandbox", "PARLEY_SIMULATOR_PORT", "0"));
    simulator = new SimulatorClient(node.simulatorPort());
    simulator.withoutCallbacks();
  }

  @AfterEach
  void close() {
    node.close();
    TimelineInvariants.check(url);
  }

  private void sendSms(int number) {
    JsonObject sms =
        new JsonObject()
            .put("from", "+12025550000")
            .put("to", "+1202%07d".formatted(3_000_000 + number))
            .put("type", "sms")
            .put("body", "hi")
            .putNull("attachments");
    node.post("", "/api/messages/sms", sms).is(202);
  }

  private void sendMail(int number) {
    JsonObject mail =
        new JsonObject()
            .put("from", "desk@acme.example")
            .put("to", "contact" + number + "@example.org")
            .put("body", "hi")
            .put("attachments", new JsonArray());
    node.post("", "/api/messages/email", mail).is(202);
  }

  private String breaker(int provider) {
    return node.get("", "/api/providers").data().getJsonObject(provider).getString("breaker");
  }

  private int sent() {
    return node.get("", "/api/providers").data().getJsonObject(0).getInteger("sent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"status\":500}", "{\"reset\":true}", "{\"silent\":true}"})
  void anSmsOutageOpensTheBreakerAndDoesNotDelayEmail(String step) {
    simulator.always(new JsonObject(step));
    CompletableFuture<Void> sending =
        Concurrently.run(
            () -> {
              for (int i = 0; i < SMS; i++) {
                sendSms(i);
              }
            });
    Await.until("the breaker opens", () -> !breaker(0).equals("closed"));
    Instant opened = Instant.now();
    Instant first =
        Instant.parse(simulator.ledger("&provider=sim-sms").getFirst().getString("received_at"));
    System.out.println("the breaker opened after " + Duration.between(first, opened));
    // within two seconds where nothing else runs; this machine may be busy with other tests
    assertThat(Duration.between(first, opened)).isLessThan(Duration.ofSeconds(10));
    for (int i = 0; i < MAILS; i++) {
      Instant asked = Instant.now();
      sendMail(i);
      String mailbox = "&to=contact" + i + "@example.org";
      Await.until("the mail arrives", () -> !simulator.delivered(mailbox).isEmpty());
      assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(breaker(1)).isEqualTo("closed");
    sending.join();
    simulator.ask("DELETE", "/faults/sim-sms", null);
    Await.until("all are sent", () -> sent() == SMS);
    assertThat(breaker(0)).isEqualTo("closed");
    List<JsonObject> requests = simulator.ledger("&provider=sim-sms");
    assertThat(requests.stream().filter(each -> each.getBoolean("delivered"))).hasSize(SMS);
    assertThat(requests).hasSizeLessThanOrEqualTo(SMS * 11 / 10);
  }
}
