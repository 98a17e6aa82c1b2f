package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.bus.Endpoint;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.insight.Cover;
import io.parley.insight.InsightVerbs;
import io.parley.insight.InsightVerbs.Rank;
import io.parley.insight.InsightVerbs.Ranking;
import io.parley.insight.InsightVerbs.StepCount;
import io.parley.insight.InsightVerbs.Top;
import io.parley.insight.Range;
import io.parley.insight.Steps;
import io.parley.insight.Steps.Length;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.FaultVolume;
import io.parley.testing.SeededHistory;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Draft;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever is written, tallied or cut off meanwhile: the counts are those of the items. */
@Tag("integration")
class TalliesTest {
  private static final int PEOPLE = 9;
  private static final int GROUPS = 12;
  private static final int DAYS = 400;

  private final String url = TestDatabase.durable().url();
  private final SeededHistory past = new SeededHistory(url);
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Instant now = Instant.now();
  private final List<TestStore> nodes = List.of(new TestStore(url), new TestStore(url));
  private final List<Party> people = new ArrayList<>();
  private final List<Long> groups = new ArrayList<>();

  @BeforeEach
  void createGroups() {
    System.out.println("seed " + seed);
    for (int i = 0; i < PEOPLE; i++) {
      people.add(nodes.getFirst().user("person" + i, PartyKind.PERSON));
    }
    List<UserRef> all = people.stream().map(party -> new UserRef(party.handle())).toList();
    for (int g = 0; g < GROUPS; g++) {
      CreateGroup wanted = new CreateGroup(people.getFirst(), "group " + g, all, Optional.empty());
      groups.add(nodes.getFirst().done(ConversationVerbs.CREATE_GROUP, wanted).conversation());
    }
  }

  @AfterEach
  void closeNodes() {
    nodes.forEach(TestStore::close);
  }

  private static Range range(Instant start, Instant end) {
    return new Range(Optional.ofNullable(start), Optional.ofNullable(end));
  }

  private Instant moment() {
    long back = (long) (Math.pow(random.nextDouble(), 2) * Duration.ofDays(DAYS).toMillis());
    Instant moment = now.minusMillis(back);
    long unit = new long[] {1, 3_600_000, 86_400_000}[random.nextInt(3)];
    return Instant.ofEpochMilli(moment.toEpochMilli() / unit * unit);
  }

  private Range range() {
    Instant one = moment();
    Instant other = moment();
    Range both = one.isBefore(other) ? range(one, other) : range(other, one);
    return switch (random.nextInt(6)) {
      case 0 -> Range.ALWAYS;
      case 1 -> range(null, one);
      case 2 -> range(one, null);
      case 3 -> range(one, one.plusMillis(random.nextInt(7_200_000)));
      default -> both;
    };
  }

  private List<Rank> asked(Endpoint<Top, Ranking> endpoint, Range range) {
    return asked(endpoint, range, 200);
  }

  private List<Rank> asked(Endpoint<Top, Ranking> endpoint, Range range, int limit) {
    Top question = new Top(range, limit, 0, people.getFirst().id());
    return TestStore.get(node().ask(endpoint, question)).ranks();
  }

  private TestStore node() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  private Map<Long, Long> counted(String subject, Range range) {
    String sql =
        """
        select i.%s, count(*) from item i join party p on p.id = i.author and p.kind in ('person', 'company', 'influencer')
        where i.type = 'message' and i.created_at >= coalesce(%s, '-infinity'::timestamptz)
          and i.created_at < coalesce(%s, 'infinity'::timestamptz)
        group by 1
        """
            .formatted(subject, literal(range.start()), literal(range.end()));
    Map<Long, Long> counts = new HashMap<>();
    past.query(sql).forEach(row -> counts.put(Long.valueOf(row.get(0)), Long.valueOf(row.get(1))));
    return counts;
  }

  private static String literal(Optional<Instant> instant) {
    return instant.map(each -> "'" + each + "'::timestamptz").orElse("null::timestamptz");
  }

  private static Map<Long, Long> byId(List<Rank> ranks) {
    Map<Long, Long> messages = new HashMap<>();
    ranks.forEach(rank -> messages.put(rank.id(), rank.messages()));
    return messages;
  }

  private void areExact() {
    for (int i = 0; i < 25; i++) {
      Range range = range();
      List<Rank> users = asked(InsightVerbs.TOP_USERS, range);
      assertThat(byId(users)).describedAs("%s", range).isEqualTo(counted("author", range));
      assertThat(users).isSortedAccordingTo(TalliesTest::inOrder);
      List<Rank> places = asked(InsightVerbs.TOP_CONVERSATIONS, range);
      assertThat(byId(places)).describedAs("%s", range).isEqualTo(counted("conversation", range));
      assertThat(places).isSortedAccordingTo(TalliesTest::inOrder);
      int few = 1 + random.nextInt(4);
      assertThat(asked(InsightVerbs.TOP_USERS, range, few))
          .describedAs("%s of %s", few, range)
          .isEqualTo(users.subList(0, Math.min(few, users.size())));
      stepsAreExact(range);
    }
  }

  private void stepsAreExact(Range range) {
    Length length = random.nextBoolean() ? Length.HOUR : Length.DAY;
    Instant end = range.end().orElse(now.plus(Duration.ofDays(1)));
    Instant most = end.minusSeconds((Steps.MOST - 1) * length.seconds());
    Instant start = range.start().filter(each -> each.isAfter(most)).orElse(most);
    Steps steps = new Steps(start, end, length);
    String sql =
        """
        select floor(extract(epoch from i.created_at) / %d)::integer, count(*)
        from item i join party p on p.id = i.author and p.kind in ('person', 'company', 'influencer')
        where i.type = 'message' and i.created_at >= '%s' and i.created_at < '%s'
        group by 1 order by 1
        """
            .formatted(length.seconds(), start, end);
    List<List<String>> found = new ArrayList<>();
    List<StepCount> counts = TestStore.get(node().ask(InsightVerbs.COUNT_MESSAGES, steps)).counts();
    counts.stream()
        .filter(each -> each.messages() > 0)
        .forEach(
            each ->
                found.add(
                    List.of(
                        Long.toString(each.at().getEpochSecond() / length.seconds()),
                        Long.toString(each.messages()))));
    assertThat(found).describedAs("%s", steps).isEqualTo(past.query(sql));
    assertThat(counts).hasSize((int) steps.count());
  }

  private static int inOrder(Rank one, Rank other) {
    return one.messages() == other.messages()
        ? Long.compare(one.id(), other.id())
        : Long.compare(other.messages(), one.messages());
  }

  /** One go at tallying, which in one of three cases is cut off before its commit. */
  private void tally() throws SQLException {
    int since = Cover.hour(now.minus(Duration.ofDays(random.nextInt(60))));
    try (Connection connection = past.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("select tally_messages(%d, %d)".formatted(1 + random.nextInt(400), since));
      switch (random.nextInt(3)) {
        case 0 -> connection.rollback();
        default -> connection.commit();
      }
    }
  }

  private List<Future<?>> write(int items) {
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      Party author = people.get(random.nextInt(PEOPLE));
      long group = groups.get(random.nextInt(GROUPS));
      AppendItem item = AppendItem.of(group, author, Optional.empty(), Draft.text("new " + i));
      writes.add(node().ask(TimelineVerbs.APPEND_ITEM, item));
      if (i % 10 == 0) {
        ChangeItem deletion =
            new ChangeItem(group, author.id(), 1 + random.nextInt(50), Optional.empty());
        writes.add(node().ask(TimelineVerbs.CHANGE_ITEM, deletion));
      }
    }
    return writes;
  }

  @Test
  void countsAreExactWhileTwoNodesWriteAndTallyingIsInterrupted() throws Exception {
    past.fill(300, DAYS, random.nextDouble());
    TimelineInvariants.check(url);
    areExact();
    for (int round = 0; round < FaultVolume.of(5); round++) {
      List<Future<?>> writes = write(60);
      tally();
      betweenBeforeAndAfter();
      tally();
      TestStore.get(Future.join(writes));
      if (round % 4 == 1) {
        past.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%tally_messages%' and pid <> pg_backend_pid()");
      }
      areExact();
    }
    settled();
    areExact();
    TimelineInvariants.check(url);
  }

  /** Messages only ever become more, so an answer lies between the counts around it. */
  private void betweenBeforeAndAfter() {
    Map<Long, Long> before = counted("author", Range.ALWAYS);
    Map<Long, Long> answer = byId(asked(InsightVerbs.TOP_USERS, Range.ALWAYS));
    Map<Long, Long> after = counted("author", Range.ALWAYS);
    answer.forEach(
        (user, messages) ->
            assertThat(messages)
                .isBetween(before.getOrDefault(user, 0L), after.getOrDefault(user, 0L)));
  }

  /** Until the nodes themselves have tallied everything. */
  private void settled() {
    String behind =
        "select count(*) from conversation c left join tallied t on t.conversation = c.id where c.messages > coalesce(t.message_no, 0)";
    Await.until("everything is tallied", () -> past.one(behind).equals("0"));
    assertThat(past.one("select sum(n) from tally where kind = 'u' and level = 4"))
        .isEqualTo(past.one("select sum(messages) from conversation"));
    for (int level = 1; level < 5; level++) {
      assertThat(past.one("select sum(n) from tally where kind = 'c' and level = " + level))
          .isEqualTo(past.one("select sum(messages) from conversation"));
    }
  }

  @Test
  void tiesAreOrderedByIdAndPagesFitTogether() {
    for (Party person : people) {
      AppendItem item =
          AppendItem.of(groups.getFirst(), person, Optional.empty(), Draft.text("one each"));
      TestStore.get(nodes.getFirst().ask(TimelineVerbs.APPEND_ITEM, item));
    }
    List<Long> ids = people.stream().map(Party::id).sorted().toList();
    List<Rank> all = asked(InsightVerbs.TOP_USERS, Range.ALWAYS);
    assertThat(all.stream().map(Rank::id)).isEqualTo(ids);
    List<Long> paged = new ArrayList<>();
    for (int offset = 0; offset < PEOPLE + 2; offset += 2) {
      Top page = new Top(Range.ALWAYS, 2, offset, people.getFirst().id());
      TestStore.get(node().ask(InsightVerbs.TOP_USERS, page))
          .ranks()
          .forEach(rank -> paged.add(rank.id()));
    }
    assertThat(paged).isEqualTo(ids);
    assertThat(asked(InsightVerbs.TOP_CONVERSATIONS, Range.ALWAYS))
        .containsExactly(new Rank(groups.getFirst(), Optional.of("group 0"), PEOPLE));
  }

  @Test
  void messagesOfPhonesAndProgramsDoNotCount() {
    past.query(
        """
        insert into party (kind, handle, name) values ('phone', '+12025550123', '+12025550123'), ('service', 'robot', 'Robot');
        insert into member (conversation, party, joined_at)
          select %1$d, id, now() from party where kind in ('phone', 'service');
        update conversation set member_count = member_count + 2 where id = %1$d
        """
            .formatted(groups.getFirst()));
    for (List<String> row :
        past.query("select id, kind, name, handle from party where kind in ('phone', 'service')")) {
      Party author =
          new Party(Long.parseLong(row.get(0)), PartyKind.of(row.get(1)), row.get(2), row.get(3));
      AppendItem item =
          AppendItem.of(groups.getFirst(), author, Optional.empty(), Draft.text("hi"));
      TestStore.get(node().ask(TimelineVerbs.APPEND_ITEM, item));
    }
    assertThat(asked(InsightVerbs.TOP_USERS, Range.ALWAYS)).isEmpty();
    past.query("select tally_messages(1000, 0)");
    assertThat(asked(InsightVerbs.TOP_USERS, Range.ALWAYS)).isEmpty();
    assertThat(asked(InsightVerbs.TOP_CONVERSATIONS, range(Instant.EPOCH, null))).isEmpty();
  }
}
