package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.BaseVersion;
import io.parley.testing.ChildProcess;
import io.parley.testing.FaultVolume;
import io.parley.testing.GatewayProcess;
import io.parley.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rolling upgrade under load from the version that {@code src/test/upgrade/base} names, and a
 * step back to it: no request fails, and nothing that was accepted is lost.
 */
@Tag("fault")
class RollingUpgradeTest {
  private static final JsonObject NONE = new JsonObject();
  private static final int REQUESTS = 300;

  private final TestDatabase database = TestDatabase.durable();
  private final UpgradeLoad load = new UpgradeLoad();
  private final Set<Long> accepted = ConcurrentHashMap.newKeySet();
  @TempDir private Path folder;
  private GatewayProcess previous;
  private GatewayProcess current;
  private long group;

  @BeforeEach
  void startThePreviousVersion() throws IOException {
    Path jar = BaseVersion.find().build();
    database.run("drop schema public cascade; create schema public");
    previous = start("previous", Optional.of(jar));
    previous.awaitReady();
    load.balance(previous.url());
    for (String name : new String[] {"ann", "bob", "cleo"}) {
      JsonObject user =
          JsonObject.of(
              "name", name, "email", name + "@example.org", "password", "a good password");
      load.ask("", "POST", "/api/users", user, 201);
    }
    JsonObject wanted =
        JsonObject.of("kind", "group", "name", "Team", "members", JsonArray.of("bob"));
    group = load.ask("ann", "POST", "/api/conversations", wanted, 201).getLong("id");
  }

  private GatewayProcess start(String name, Optional<Path> jar) throws IOException {
    return new GatewayProcess(
        folder.resolve(name),
        ChildProcess.freePort(),
        Map.of("PARLEY_DATABASE_URL", database.url(), "PARLEY_SIMULATOR_PORT", "0"),
        jar);
  }

  @AfterEach
  void stop() {
    load.close();
    previous.close();
    if (current != null) {
      current.close();
    }
  }

  private void startClients() {
    String ref = "/api/conversations/" + group;
    load.repeat(
        i -> {
          JsonObject message = JsonObject.of("body", "message " + i, "client_id", "a" + i);
          accepted.add(load.ask("ann", "POST", ref + "/messages", message, 201).getLong("seq"));
        });
    load.repeat(
        i -> {
          JsonObject message = JsonObject.of("body", "message " + i);
          JsonObject item = load.ask("bob", "POST", ref + "/messages", message, 201);
          accepted.add(item.getLong("seq"));
          String path = ref + "/items/" + item.getLong("seq");
          load.ask("bob", "PATCH", path, JsonObject.of("body", "edited " + i), 200);
          load.ask("bob", "GET", path, NONE, 200);
        });
    load.repeat(
        i -> {
          load.ask("bob", "GET", ref, NONE, 200);
          load.ask("bob", "GET", ref + "/changes?since=0", NONE, 200);
          load.ask("bob", "GET", "/api/conversations", NONE, 200);
          load.ask("ann", "GET", ref + "/items?limit=20&offset=" + i % 50, NONE, 200);
          load.ask("ann", "GET", "/api/users?search=c", NONE, 200);
          load.ask("ann", "GET", ref + "/receipts", NONE, 200);
        });
    load.repeat(
        i -> {
          load.ask("ann", "PUT", ref + "/members/cleo", NONE, 200);
          load.ask("cleo", "POST", "/api/conversations/ann", JsonObject.of("content", "hi"), 201);
          load.ask("ann", "DELETE", ref + "/members/cleo", NONE, 204);
          load.ask("ann", "PATCH", ref, JsonObject.of("name", "Team " + i), 200);
        });
    load.repeat(
        i -> {
          load.ask("", "POST", "/api/messages/sms", sms("+12025550000", "+1202556%04d", i), 202);
          JsonObject inbound = sms("+1202557%04d", "+12025550000", i);
          load.ask(
              "", "POST", "/api/webhooks/sms", inbound.put("messaging_provider_id", "m" + i), 200);
          load.ask("", "GET", "/api/deliveries?limit=20", NONE, 200);
          load.ask("", "GET", "/api/conversations?kind=external", NONE, 200);
          load.ask("", "GET", "/api/analytics/users", NONE, 200);
        });
  }

  private static JsonObject sms(String from, String to, int number) {
    return new JsonObject()
        .put("from", from.formatted(number % 100))
        .put("to", to.formatted(number % 100))
        .put("type", "sms")
        .put("body", "message " + number)
        .putNull("attachments")
        .put("timestamp", "2026-01-01T00:00:00Z");
  }

  @Test
  void noRequestFailsWhileTwoVersionsShareADatabase() throws IOException {
    int requests = FaultVolume.of(REQUESTS);
    try (UpgradeListener listener =
        new UpgradeListener(UpgradeLoad.basic("ann"), group, previous.url())) {
      startClients();
      load.letAnswer(previous.url(), requests);

      current = start("current", Optional.empty());
      current.awaitReady();
      load.balance(previous.url(), current.url());
      load.letAnswer(current.url(), requests);

      load.balance(current.url());
      assertThat(previous.terminate()).isZero();
      listener.moveTo(current.url());
      load.letAnswer(current.url(), requests);

      previous.start();
      previous.awaitReady();
      load.balance(previous.url(), current.url());
      load.letAnswer(previous.url(), requests);

      load.balance(current.url());
      load.close();
      assertThat(load.failures()).isEmpty();
      assertThat(listener.seqs()).containsAll(accepted);
    }
    assertThat(database.one("select last_seq from conversation where id = " + group))
        .isEqualTo(Integer.toString(accepted.size()));
    TimelineInvariants.check(database.url());
  }
}
