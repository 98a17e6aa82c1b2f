package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.faults.FaultyProvider;
import io.parley.faults.FaultyProvider.Fault;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.LogCapture;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What agents see of deliveries and providers, over HTTP, with a provider at the other end. */
@Tag("integration")
class DeliveriesTest {
  private static final String AGENT = TestGateway.basic("admin@parley.local");
  private final String url = TestDatabase.fresh();
  private final FaultyProvider ledger = new FaultyProvider(1);
  private DeliveryFixture mail;
  private TestGateway node;

  @BeforeEach
  void open() {
    mail = new DeliveryFixture(url);
    try (var _ = new TestStore(url)) {
      mail.write(3, 2);
    }
  }

  private void start() {
    start(Map.of());
  }

  private void start(Map<String, String> more) {
    String line = "name=one,channel=sms,url=%s,timeout=5s".formatted(ledger.settings("one").url());
    Map<String, String> settings = new HashMap<>(Map.of("PARLEY_PROVIDERS", line));
    settings.putAll(more);
    node = new TestGateway(url, settings);
  }

  @AfterEach
  void close() {
    node.close();
    ledger.close();
    mail.close();
    TimelineInvariants.check(url);
  }

  private JsonArray listed(String query) {
    return node.get(AGENT, "/api/deliveries?" + query).is(200).data();
  }

  private JsonObject delivery(long id) {
    return node.get(AGENT, "/api/deliveries/" + id).is(200).json();
  }

  private void callback(JsonObject status) {
    node.post(AGENT, "/api/webhooks/status", status).is(204);
  }

  @Test
  void deliveriesAreDispatchedListedAndUpdatedByCallbacks() {
    start();
    Await.until("all are sent", () -> listed("state=sent").size() == 6);
    assertThat(ledger.taken()).hasSize(6);
    JsonObject provider = node.get(AGENT, "/api/providers").is(200).data().getJsonObject(0);
    assertThat(provider.getString("name")).isEqualTo("one");
    assertThat(provider.getString("breaker")).isEqualTo("closed");
    assertThat(provider.getLong("sent")).isEqualTo(6);
    assertThat(provider.getLong("queue_depth")).isZero();
    JsonObject told = new JsonObject().put("provider", "one").put("id", "id-1-0");
    callback(told.copy().put("state", "delivered").put("cost", "0.01"));
    callback(told.copy().put("state", "failed").put("code", "30005"));
    assertThat(listed("state=delivered").size()).isOne();
    JsonObject page = node.get(AGENT, "/api/deliveries?limit=4").is(200).json();
    JsonObject rest =
        node.get(AGENT, "/api/deliveries?limit=4&cursor=" + page.getString("next")).is(200).json();
    assertThat(page.getJsonArray("data").getJsonObject(0).getLong("id")).isEqualTo(6);
    assertThat(rest.getJsonArray("data").getJsonObject(1).getLong("id")).isEqualTo(1);
    assertThat(rest.getString("next")).isNull();
    node.get(AGENT, "/api/deliveries?state=sent&cursor=" + page.getString("next")).is(400);
    assertThat(listed("conversation=2")).hasSize(2);
    assertThat(listed("to=%28555%29%20000-0003&provider=one&conversation=3")).hasSize(2);
    assertThat(listed("to=%2B15550000003&conversation=2")).isEmpty();
    node.get(AGENT, "/api/deliveries?to=nobody").is(400);
    JsonObject counts = node.get(AGENT, "/api/deliveries/counts?provider=one").is(200).json();
    assertThat(counts.getInteger("sent") + counts.getInteger("delivered")).isEqualTo(6);
    assertThat(counts.getInteger("failed")).isZero();
    assertThat(counts.getBoolean("more")).isFalse();
    assertThat(node.get(AGENT, "/metrics").body())
        .contains("parley_provider_seconds_count{outcome=\"sent\",provider=\"one\"} 6")
        .contains("parley_provider_open{provider=\"one\"} 0");
  }

  @Test
  void theAttemptsOfADeliveryTellWhatHappened() {
    ledger.next(Fault.BROKEN, Fault.BUSY, Fault.DOWN, Fault.RESET);
    mail.run("update outbox set due_at = clock_timestamp() + interval '1 hour' where delivery > 1");
    start();
    // the next one of its queue is sent as soon as this one is: their number is no condition to
    // wait for
    Await.until("it is sent", () -> delivery(1).getString("state").equals("sent"));
    JsonObject delivery = delivery(1);
    assertThat(delivery.getInteger("attempts")).isEqualTo(5);
    assertThat(delivery.getInteger("unknown")).isEqualTo(2);
    List<JsonObject> attempts = attempts(1, "");
    assertThat(attempts)
        .extracting(each -> each.getInteger("number") + " " + each.getString("outcome"))
        .containsExactly("1 unknown", "2 throttled", "3 unavailable", "4 unknown", "5 sent");
    assertThat(attempts)
        .extracting(each -> each.getInteger("status"))
        .containsExactly(500, 429, 503, null, 202);
    assertThat(attempts)
        .allSatisfy(
            each -> {
              assertThat(each.getString("provider")).isEqualTo("one");
              assertThat(each.getString("breaker")).isEqualTo("closed");
              assertThat(each.getString("request")).contains("/sms").contains("body 1");
              assertThat(Instant.parse(each.getString("ended_at")))
                  .isAfterOrEqualTo(Instant.parse(each.getString("began_at")));
            });
    for (int i = 1; i < 5; i++) {
      assertThat(Instant.parse(attempts.get(i - 1).getString("next_due_at")))
          .isBefore(Instant.parse(attempts.get(i).getString("began_at")).plusMillis(5));
    }
    assertThat(attempts.getLast().getString("next_due_at")).isNull();
    assertThat(attempts.getLast().getString("response")).contains("{\"id\":\"id-1-0\"}");
    JsonObject page = node.get(AGENT, "/api/deliveries/1/attempts?limit=3").is(200).json();
    assertThat(attempts(1, "&cursor=" + page.getString("next"))).isEqualTo(attempts.subList(3, 5));
    node.get(AGENT, "/api/deliveries/77").is(404);
    node.get(AGENT, "/api/deliveries/77/attempts").is(404);
    assertThat(attempts(2, "")).isEmpty();
    mail.run(
        "update attempt set ended_at = ended_at - interval '31 days' where delivery = 1 and lease < 3");
    Await.until("old attempts are deleted", () -> attempts(1, "").size() == 3);
  }

  private List<JsonObject> attempts(long delivery, String query) {
    JsonArray data =
        node.get(AGENT, "/api/deliveries/" + delivery + "/attempts?limit=50" + query)
            .is(200)
            .data();
    return IntStream.range(0, data.size()).mapToObj(data::getJsonObject).toList();
  }

  @Test
  void failedDeliveriesAreRedrivenOnRequest() {
    mail.run("update delivery set expires_at = created_at where seq = 1");
    start();
    Await.until(
        "half are sent and half expire",
        () -> listed("state=sent").size() == 3 && listed("state=expired").size() == 3);
    long first = listed("state=expired").getJsonObject(0).getLong("id");
    node.post(AGENT, "/api/deliveries/" + first + "/redrive", null).is(202);
    mail.run(
        "update delivery set expires_at = clock_timestamp() + interval '1 day' where state <> 'sent'");
    JsonObject dry =
        node.post(AGENT, "/api/deliveries/redrive?state=expired&dry_run=true", null).is(202).json();
    assertThat(dry.getInteger("redriven")).isBetween(2, 3);
    assertThat(dry.getBoolean("more")).isFalse();
    JsonObject all = node.post(AGENT, "/api/deliveries/redrive?state=expired", null).is(202).json();
    assertThat(all.getInteger("redriven")).isBetween(2, 3);
    Await.until("all are sent", () -> listed("state=sent").size() == 6);
    assertThat(ledger.taken()).hasSize(6);
    node.post(AGENT, "/api/deliveries/" + first + "/redrive", null).is(409, "not_over");
    node.post(AGENT, "/api/deliveries/77/redrive", null).is(404);
  }

  @Test
  void deliveriesOfAProviderThatNoNodeHasFailAndAreRedrivenByOthers() {
    mail.run(
        """
        update outbox set bound_to = 'gone' where delivery = 1;
        update outbox set asked = 'gone', lease = 1, leased_until = now() - interval '1 minute' where delivery = 2;
        update outbox set bound_to = 'elsewhere' where delivery = 3;
        insert into provider_seen (name, route, seen_at) values ('elsewhere', 'sms', now() + interval '1 hour')
        """);
    start(Map.of("PARLEY_DELIVERIES_PROVIDER_GONE_AFTER", "1s"));
    Await.until("they have failed", () -> listed("state=failed").size() == 2);
    for (long id = 1; id <= 2; id++) {
      JsonObject failed = delivery(id);
      assertThat(failed.getString("provider")).isEqualTo("gone");
      assertThat(failed.getJsonObject("error").getString("code")).isEqualTo("provider_gone");
    }
    assertThat(attempts(2, "")).extracting(each -> each.getString("outcome")).contains("unknown");
    Await.until("what waited behind them is sent", () -> listed("state=sent").size() == 2);
    assertThat(delivery(3).getString("state")).isEqualTo("queued");
    node.post(AGENT, "/api/deliveries/redrive?state=failed", null).is(202);
    Await.until("the present provider sends them", () -> listed("state=sent").size() == 4);
    assertThat(delivery(1).getString("provider")).isEqualTo("one");
  }

  @Test
  void aMessageWithoutAProviderSaysSoAndExpires() {
    try (LogCapture log = new LogCapture()) {
      start(
          Map.of(
              "PARLEY_DELIVERIES_EXPIRE_AFTER",
              "3s",
              "PARLEY_SENDERS",
              "desk@example.org,+15550000000"));
      assertThat(log.warnings("No provider carries email")).hasSize(1);
    }
    JsonObject message =
        new JsonObject()
            .put("from", "desk@example.org")
            .put("to", "ann@example.net")
            .put("body", "Hi");
    JsonObject item = node.post(AGENT, "/api/messages/email", message).is(202).json();
    JsonObject waiting = item.getJsonArray("deliveries").getJsonObject(0);
    assertThat(waiting.getString("state")).isEqualTo("queued");
    assertThat(waiting.getJsonObject("error").getString("code")).isEqualTo("no_provider");
    JsonObject ready = node.get("", "/health/ready").is(200).json();
    assertThat(ready.getString("status")).isEqualTo("up");
    assertThat(ready.getString("providers")).isEqualTo("none for email");
    long id = waiting.getLong("id");
    Await.until("it expires", () -> delivery(id).getString("state").equals("expired"));
    assertThat(delivery(id).getJsonObject("error").getString("code")).isEqualTo("expired");
  }

  @Test
  void aFailingProviderShowsAnOpenCircuitBreaker() {
    ledger.fail(Map.of(Fault.BROKEN, 1.0));
    mail.run("update outbox set queue = delivery");
    start();
    Await.until(
        "the breaker opens",
        () ->
            !node.get(AGENT, "/api/providers")
                .is(200)
                .data()
                .getJsonObject(0)
                .getString("breaker")
                .equals("closed"));
    JsonObject provider = node.get(AGENT, "/api/providers").is(200).data().getJsonObject(0);
    assertThat(provider.getLong("queue_depth")).isEqualTo(6);
    assertThat(provider.getDouble("error_rate")).isEqualTo(1.0);
    ledger.fail(Map.of());
    Await.until("all are sent", () -> listed("state=sent").size() == 6);
  }
}
