package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.GatewayExtension.WithSettings;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.parley.testing.TestGateway.Reply;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Analytics and search as people ask for them, over HTTP. */
@Tag("integration")
@ExtendWith(GatewayExtension.class)
class InsightTest {
  private static final String USERS = "/api/analytics/users";
  private static final String CONVERSATIONS = "/api/analytics/conversations";
  private static final String MESSAGES = "/api/analytics/messages";
  private static String url;
  private static TestGateway node;
  private static String ann;
  private static String bob;
  private static String cleo;
  private static long team;

  @BeforeAll
  static void talk(
      TestDatabase database, @WithSettings("PARLEY_ANALYTICS_ACCESS=user") TestGateway gateway) {
    url = database.url();
    node = gateway;
    ann = node.signUp("ann", "person");
    bob = node.signUp("bob", "person");
    cleo = node.signUp("cleo", "person");
    team = node.group(ann, "Team", "bob");
    node.say(ann, team, "breakfast at noon").is(201);
    node.say(ann, team, "what a café").is(201);
    node.say(bob, team, "never mind").is(201);
    node.say(ann, "bob", "dinner?").is(201);
    JsonObject post =
        new JsonObject()
            .put("type", "post")
            .put("post", new JsonObject().put("url", "https://example.org/"));
    node.post(ann, "/api/conversations/" + team + "/items", post).is(201);
    node.delete(ann, "/api/conversations/" + team + "/items/2").is(200);
  }

  @AfterAll
  static void stop() {
    TimelineInvariants.check(url);
  }

  private static String text(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static List<String> ranks(Reply reply, String what) {
    return reply.is(200).data().stream()
        .map(each -> (JsonObject) each)
        .map(each -> each.getJsonObject(what).getString("name") + " " + each.getLong("messages"))
        .toList();
  }

  private static List<String> bodies(Reply reply) {
    return reply.is(200).data().stream()
        .map(each -> ((JsonObject) each).getString("body"))
        .toList();
  }

  private static void everythingIsIndexed(String caller) {
    Await.until(
        "everything is indexed",
        () -> node.get(caller, "/api/search?q=x").is(200).json().getLong("behind") == 0);
  }

  @Test
  void everyUserCanReadTheTopUsers() {
    Reply reply = node.get(cleo, USERS);
    assertThat(ranks(reply, "user")).containsExactly("ann 3", "bob 1");
    assertThat(reply.json().getLong("limit")).isEqualTo(5);
    assertThat(reply.json().getLong("offset")).isZero();
    assertThat(ranks(node.get(cleo, USERS + "?limit=1&offset=1"), "user")).containsExactly("bob 1");
    assertThat(ranks(node.get(cleo, USERS + "?offset=2"), "user")).isEmpty();
    assertThat(ranks(node.get(cleo, USERS + "?offset=9007199254740991"), "user")).isEmpty();
  }

  @Test
  void directConversationsAreNamedToTheirMembersAndToAdministratorsOnly() {
    String admin = TestGateway.basic("admin@parley.local");
    for (String caller : List.of(ann, bob, admin)) {
      assertThat(ranks(node.get(caller, CONVERSATIONS), "conversation"))
          .containsExactly("Team 3", "ann, bob 1");
    }
    assertThat(ranks(node.get(cleo, CONVERSATIONS), "conversation"))
        .containsExactly("Team 3", "null 1");
  }

  @Test
  void messagesAreCountedByTheHourAndByTheDay() {
    Instant now = Instant.now();
    String tomorrow = now.plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS).toString();
    String before = now.minus(2, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS).toString();
    String range = "?start=" + before.substring(0, 10) + "&end=" + tomorrow;
    for (String length : List.of("hour", "day")) {
      Reply reply = node.get(cleo, MESSAGES + range + "&step=" + length).is(200);
      List<Instant> times = new ArrayList<>();
      long messages = 0;
      for (Object each : reply.data()) {
        times.add(Instant.parse(((JsonObject) each).getString("at")));
        messages += ((JsonObject) each).getLong("messages");
      }
      ChronoUnit unit = length.equals("hour") ? ChronoUnit.HOURS : ChronoUnit.DAYS;
      assertThat(messages).isEqualTo(4);
      assertThat(times.getFirst()).isEqualTo(before);
      assertThat(times.getLast()).isEqualTo(Instant.parse(tomorrow).minus(1, unit));
      assertThat(times).hasSize((int) unit.between(Instant.parse(before), Instant.parse(tomorrow)));
    }
    assertThat(node.get(cleo, MESSAGES).is(200).data()).hasSizeBetween(30, 31);
    assertThat(node.get(cleo, MESSAGES + "?step=hour").is(200).data()).hasSizeBetween(24, 25);
    assertThat(node.get(cleo, MESSAGES + "?start=2100-01-01").is(200).data()).isEmpty();
  }

  @Test
  void stepsAreBounded() {
    node.get(ann, MESSAGES + "?start=2020-01-01&end=2022-09-27").is(200);
    for (String range :
        List.of(
            "?start=2020-01-01&end=2022-09-28",
            "?start=2026-01-01&end=2026-02-12T00:00:01Z&step=hour",
            "?start=0000-01-01",
            "?start=0000-01-01&end=0000-02-01")) {
      node.get(ann, MESSAGES + range).is(400, "invalid");
    }
  }

  @Test
  void countsBeforeAfterAndBetween() {
    Instant now = Instant.now();
    String today = now.truncatedTo(ChronoUnit.DAYS).minus(1, ChronoUnit.DAYS).toString();
    String yesterday = today.substring(0, 10);
    String later = text(now.plusSeconds(3_600).toString().replace("Z", "+00:00"));
    for (String all :
        List.of(
            "?start=" + yesterday,
            "?end=" + later,
            "?start=" + yesterday + "&end=" + later,
            "?start=2000-01-01T00:00:00-11:30&end=9999-12-31",
            "?start=0000-01-01",
            "?end=2100-01-01T00:00:00+14:00")) {
      assertThat(ranks(node.get(ann, USERS + all), "user"))
          .describedAs(all)
          .containsExactly("ann 3", "bob 1");
      assertThat(ranks(node.get(ann, CONVERSATIONS + all), "conversation"))
          .describedAs(all)
          .containsExactly("Team 3", "ann, bob 1");
    }
    for (String none : List.of("?end=" + yesterday, "?start=" + later, "?start=9999-12-31")) {
      assertThat(ranks(node.get(ann, USERS + none), "user")).describedAs(none).isEmpty();
    }
  }

  @Test
  void startIsInclusiveAndEndIsNot() {
    JsonArray messages = node.get(ann, "/api/conversations/" + team + "/messages").is(200).data();
    List<String> times = new ArrayList<>();
    messages.forEach(each -> times.add(((JsonObject) each).getString("created_at")));
    String third = times.get(2);
    long from = times.stream().filter(each -> each.compareTo(third) >= 0).count();
    assertThat(sum(node.get(ann, CONVERSATIONS + "?start=" + third), "Team")).isEqualTo(from);
    assertThat(sum(node.get(ann, CONVERSATIONS + "?end=" + third), "Team"))
        .isEqualTo(times.size() - from);
    assertThat(
            ranks(
                node.get(ann, CONVERSATIONS + "?start=" + third + "&end=" + third), "conversation"))
        .isEmpty();
  }

  private static long sum(Reply reply, String name) {
    return reply.is(200).data().stream()
        .map(each -> (JsonObject) each)
        .filter(each -> each.getJsonObject("conversation").getString("name").equals(name))
        .mapToLong(each -> each.getLong("messages"))
        .sum();
  }

  @Test
  void refusesRangesThatEndBeforeTheyStart() {
    for (String path : List.of(USERS, CONVERSATIONS, MESSAGES)) {
      Reply reply = node.get(ann, path + "?start=2026-01-02&end=2026-01-01").is(400, "invalid");
      assertThat(reply.json().getJsonArray("errors").getJsonObject(0).getString("field"))
          .isEqualTo("end");
      node.get(ann, path + "?start=2026-02-30").is(400, "invalid");
      node.get(ann, path + "?start=2026-01-01T00:00:00%2B02:00&end=2026-01-01").is(200);
      node.get(ann, path + "?start=2026-01-01&end=2026-01-01T00:00:00%2B02:00").is(400, "invalid");
      node.get("", path).is(401);
    }
  }

  @Test
  void inProductionAnalyticsAreForAdministratorsUnlessConfiguredOtherwise() {
    try (TestGateway strict = new TestGateway(url)) {
      strict.get(ann, MESSAGES).is(403, "forbidden");
      strict.get(ann, USERS).is(403, "forbidden");
      strict.get(ann, CONVERSATIONS).is(403, "forbidden");
      strict.get(TestGateway.basic("admin@parley.local"), USERS).is(200);
      strict.get(ann, "/api/search?q=dinner").is(200);
    }
  }

  @Test
  void findsWordsInMyConversationsOnly() {
    everythingIsIndexed(bob);
    everythingIsIndexed(ann);
    assertThat(bodies(node.get(bob, "/api/search?q=break"))).containsExactly("breakfast at noon");
    assertThat(bodies(node.get(bob, "/api/search?q=Dinner&ref=ann"))).containsExactly("dinner?");
    assertThat(bodies(node.get(bob, "/api/search?q=dinner&ref=" + team))).isEmpty();
    assertThat(bodies(node.get(bob, "/api/search?q=dinner&ref=cleo"))).isEmpty();
    assertThat(bodies(node.get(cleo, "/api/search?q=dinner"))).isEmpty();
    node.get(cleo, "/api/search?q=dinner&ref=" + team).is(404);
    node.get(cleo, "/api/search?q=dinner&ref=999999").is(404);
    node.get(cleo, "/api/search?q=dinner&ref=nobody").is(404);
    assertThat(bodies(node.get(bob, "/api/search?q=caf%C3%A9"))).describedAs("deleted").isEmpty();
    node.get(ann, "/api/search?q=-dinner").is(400, "invalid");
    node.get(ann, "/api/search?q=%00").is(400);
    node.get(ann, "/api/search").is(400);
  }

  @Test
  void metricsTellHowFarTheJobsAreBehind() throws Exception {
    JsonObject link = new JsonObject().put("url", "https://example.org/later");
    Await.until("the first scan is complete", () -> behindSeconds() == 0);
    try (Connection session = TestDatabase.connect(url)) {
      TestDatabase.run(session, "select pg_advisory_lock(hashtextextended('parley index', 0))");
      JsonObject item = new JsonObject().put("type", "post").put("post", link);
      node.post(ann, "/api/conversations/" + team + "/items", item).is(201);
      Await.until("the job is behind", () -> behindSeconds() > 0);
    }
    Await.until("the job is not behind", () -> behindSeconds() == 0);
  }

  private static double behindSeconds() {
    String name = "parley_background_behind_seconds{job=\"index\"} ";
    return node.get("", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()))
        .mapToDouble(
            text -> text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text))
        .sum();
  }

  @Test
  void pagesByCursor() {
    long talk = node.group(bob, "Counting");
    for (int i = 0; i < 9; i++) {
      JsonObject post =
          new JsonObject().put("url", "https://example.org/").put("title", "Number " + i);
      JsonObject item = new JsonObject().put("type", "post").put("post", post);
      node.post(bob, "/api/conversations/" + talk + "/items", item).is(201);
    }
    everythingIsIndexed(bob);
    List<String> found = new ArrayList<>();
    String cursor = "";
    while (cursor != null) {
      Reply page = node.get(bob, "/api/search?q=number&limit=4" + cursor);
      page.is(200)
          .data()
          .forEach(each -> found.add(((JsonObject) each).getJsonObject("post").getString("title")));
      String next = page.json().getString("next");
      cursor = next == null ? null : "&cursor=" + next;
      if (next != null) {
        node.get(bob, "/api/search?q=other&cursor=" + next).is(400, "invalid");
        node.get(bob, "/api/search?q=number&ref=" + talk + "&cursor=" + next).is(400, "invalid");
      }
    }
    assertThat(found)
        .containsExactly(
            "Number 8",
            "Number 7",
            "Number 6",
            "Number 5",
            "Number 4",
            "Number 3",
            "Number 2",
            "Number 1",
            "Number 0");
  }
}
