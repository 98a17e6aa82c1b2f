package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.bus.Readiness;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.insight.InsightVerbs;
import io.parley.insight.InsightVerbs.Rank;
import io.parley.insight.InsightVerbs.SearchItems;
import io.parley.insight.InsightVerbs.Top;
import io.parley.insight.Range;
import io.parley.testing.Await;
import io.parley.testing.FlakyNetwork;
import io.parley.testing.LogCapture;
import io.parley.testing.SeededHistory;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Draft;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.vertx.core.Vertx;
import java.net.URI;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The background jobs finish their work, on any node and after any interruption. */
@Tag("integration")
class BackgroundJobsTest {
  private static final String BEHIND =
      """
      select count(*) from conversation c left join tallied d on d.conversation = c.id left join texted t on t.conversation = c.id
      where c.messages > coalesce(d.message_no, 0) or c.last_seq > coalesce(t.seq, 0)
      """;

  private final String url = TestDatabase.fresh();
  private final SeededHistory past = new SeededHistory(url);
  private final Vertx vertx = Vertx.vertx();
  private FlakyNetwork line;
  private TestStore node;
  private Party ann;
  private long group;

  @BeforeEach
  void start() throws Exception {
    int port = URI.create(url).getPort();
    line = new FlakyNetwork(vertx, port);
    node = new TestStore(url.replace(":" + port + "/", ":" + line.port() + "/"));
    ann = node.user("ann", PartyKind.PERSON);
    group = group("ours");
    assertThat(group("with a past")).isGreaterThan(group);
  }

  @AfterEach
  void stop() {
    line.heal();
    node.close();
    TestStore.get(vertx.close());
  }

  private long group(String name) {
    CreateGroup wanted = new CreateGroup(ann, name, List.of(), Optional.empty());
    return node.done(ConversationVerbs.CREATE_GROUP, wanted).conversation();
  }

  private void say(String text) {
    AppendItem item = AppendItem.of(group, ann, Optional.of(text), Draft.text(text));
    node.done(TimelineVerbs.APPEND_ITEM, item);
  }

  private boolean isDone() {
    return past.one(BEHIND).equals("0");
  }

  @Test
  void continueAfterAnOutage() {
    say("before");
    Await.until("the background jobs are done", this::isDone);
    try (LogCapture log = new LogCapture()) {
      line.refuse();
      Await.until(
          "the node knows that the database is lost",
          () -> !log.warnings("Database not available").isEmpty());
    }
    past.fill(500, 100, 0.5);
    line.heal();
    Await.until("the node has the database again", this::isDatabaseUp);
    say("after");
    Await.until("the background jobs are done", this::isDone);
    assertThat(past.one("select sum(n) from tally where kind = 'u' and level = 4"))
        .isEqualTo(past.one("select sum(messages) from conversation"));
  }

  private boolean isDatabaseUp() {
    Readiness.Check question = new Readiness.Check();
    return TestStore.get(node.ask(Readiness.CHECK, question)).parts().get("database").equals("up");
  }

  @Test
  void jobsRunOnOneNodeAtATime() throws Exception {
    try (TestStore other = new TestStore(url);
        Connection session = past.connect();
        Statement statement = session.createStatement()) {
      statement.execute(
          "select pg_advisory_lock(hashtextextended('parley ' || w, 0)) from unnest(array['tally', 'index']) w");
      say("while somebody is at it");
      other.done(
          TimelineVerbs.APPEND_ITEM,
          AppendItem.of(group, ann, Optional.empty(), Draft.text("by another node")));
      assertThat(past.one("select tally_messages(10, 0) is null and index_items(10) is null"))
          .isEqualTo("t");
      assertThat(isDone()).isFalse();
      statement.execute("select pg_advisory_unlock_all()");
      say("and then");
      Await.until("the background jobs are done", this::isDone);
    }
  }

  @Test
  void hourlyTalliesAreDroppedAndCountsStayExact() {
    say("now");
    past.fill(300, 3, 0.1);
    say("later");
    Await.until("the background jobs are done", this::isDone);
    assertThat(hours()).isPositive();
    while (hours() > 0) {
      past.query("select tally_messages(1, 1000000)");
    }
    assertThat(past.one("select count(*) > 0 from tally where level = 1")).isEqualTo("t");
    Instant edge = Instant.now().minus(Duration.ofHours(30));
    Top question = new Top(new Range(Optional.of(edge), Optional.empty()), 5, 0, ann.id());
    assertThat(TestStore.get(node.ask(InsightVerbs.TOP_USERS, question)).ranks())
        .containsExactly(
            new Rank(
                ann.id(),
                Optional.of("ann"),
                Long.parseLong(
                    past.one(
                        "select count(*) from item where type = 'message' and created_at >= '"
                            + edge
                            + "'"))));
  }

  @Test
  void textThatGrowsBeyondTheLimitWhenFoldedIsIndexed() {
    // each of these characters is folded to six of three bytes
    String words =
        IntStream.range(0, 960)
            .mapToObj(i -> "\u3316".repeat(100) + i)
            .collect(Collectors.joining(" "));
    say("kilometres " + words);
    say("after");
    Await.until("the background jobs are done", this::isDone);
    assertThat(past.one("select count(*) from unindexed_item")).isEqualTo("0");
    assertThat(found("kilometres")).isEqualTo(1);
    assertThat(found("after")).isEqualTo(1);
  }

  @Test
  void anItemThatCannotBeIndexedIsSkippedAndRecorded() throws Exception {
    try (Connection session = past.connect();
        Statement statement = session.createStatement()) {
      statement.execute("select pg_advisory_lock(hashtextextended('parley index', 0))");
      say("broken");
      say("whole");
      statement.execute("update item set payload = '{\"attachments\": 5}' where body = 'broken'");
      statement.execute("select pg_advisory_unlock_all()");
      Await.until("the background jobs are done", this::isDone);
      assertThat(past.query("select conversation, seq, reason from unindexed_item"))
          .containsExactly(
              List.of(Long.toString(group), "1", "cannot extract elements from a scalar"));
      assertThat(found("whole")).isEqualTo(1);
      assertThat(found("broken")).isZero();

      statement.execute("update item set payload = null where body = 'broken'");
      node.done(
          TimelineVerbs.CHANGE_ITEM, new ChangeItem(group, ann.id(), 1, Optional.of("mended")));
      Await.until(
          "the item is indexed", () -> past.one("select count(*) from unindexed_item").equals("0"));
      assertThat(found("mended")).isEqualTo(1);
    }
  }

  @Test
  void aNodeThatStartsFinishesWhatAnotherLeft() throws Exception {
    try (Connection session = past.connect();
        Statement statement = session.createStatement()) {
      statement.execute(
          "select pg_advisory_lock(hashtextextended('parley ' || w, 0)) from unnest(array['tally', 'index']) w");
      try (TestStore other = new TestStore(url)) {
        other.done(
            TimelineVerbs.APPEND_ITEM,
            AppendItem.of(group, ann, Optional.empty(), Draft.text("last words")));
      }
      statement.execute("select pg_advisory_unlock_all()");
      try (TestStore next = new TestStore(url)) {
        assertThat(next.news).isEmpty();
        Await.until("the background jobs are done", this::isDone);
      }
    }
  }

  private int found(String words) {
    return node.done(
            InsightVerbs.SEARCH_ITEMS,
            new SearchItems(ann.id(), words, Optional.empty(), Optional.empty(), 50))
        .items()
        .size();
  }

  private int hours() {
    return Integer.parseInt(past.one("select count(*) from tally where level = 0"));
  }
}
