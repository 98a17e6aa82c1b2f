package io.parley.store.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.FindChanges;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.conversation.ConversationVerbs.WriteTo;
import io.parley.flow.Outage;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Content.TransferTerms;
import io.parley.timeline.Draft;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.MoveTransfer;
import io.parley.timeline.TimelineVerbs.React;
import io.parley.timeline.TransferState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes, one database, whatever happens: the promises of a timeline hold. */
@Tag("integration")
class TimelinePropertiesTest {
  private static final int PEOPLE = 6;
  private static final int GROUPS = 4;
  private static final int STEPS = 1_500;

  private static final List<TransferState> STATES = List.of(TransferState.values());
  private static final List<String> EMOJIS =
      IntStream.range(0, 25).mapToObj(i -> Character.toString(0x1F600 + i)).toList();

  private final String url = TestDatabase.durable().url();
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<TestStore> nodes = List.of(new TestStore(url), new TestStore(url));
  private final List<Party> people = new ArrayList<>();
  private final List<Long> groups = new ArrayList<>();
  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Throwable> bugs = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void createGroups() {
    System.out.println("seed " + seed);
    for (int i = 0; i < PEOPLE; i++) {
      people.add(nodes.getFirst().user("person" + i, PartyKind.PERSON));
    }
    for (int g = 0; g < GROUPS; g++) {
      List<UserRef> all = people.stream().map(party -> new UserRef(party.handle())).toList();
      groups.add(
          nodes
              .getFirst()
              .done(
                  ConversationVerbs.CREATE_GROUP,
                  new CreateGroup(people.getFirst(), "group " + g, all, Optional.empty()))
              .conversation());
    }
  }

  @AfterEach
  void closeNodes() {
    nodes.forEach(TestStore::close);
  }

  private TestStore node() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  private <T> T pick(List<T> options) {
    return options.get(random.nextInt(options.size()));
  }

  private Future<?> step(int number) {
    long group = pick(groups);
    Party person = pick(people);
    int dice = random.nextInt(100);
    if (dice < 50) {
      String key = person.id() + "-" + group + "-" + random.nextInt(STEPS / 3);
      return append(node(), group, person, key, draft(key));
    }
    if (dice < 60) {
      return node()
          .ask(
              TimelineVerbs.MOVE_TRANSFER,
              new MoveTransfer(group, person, dice < 55, someSeq(), pick(STATES)));
    }
    if (dice < 70) {
      return node()
          .ask(
              TimelineVerbs.REACT,
              new React(group, person.id(), someSeq(), pick(EMOJIS), random.nextInt(3) > 0));
    }
    if (dice < 85) {
      return node()
          .ask(TimelineVerbs.MARK_READ, new MarkRead(group, person, random.nextInt(STEPS)));
    }
    if (dice < 93) {
      Optional<String> body =
          random.nextBoolean() ? Optional.of("edited " + number) : Optional.empty();
      return node()
          .ask(TimelineVerbs.CHANGE_ITEM, new ChangeItem(group, person.id(), someSeq(), body));
    }
    UserRef other = new UserRef(pick(people.subList(1, PEOPLE)).handle());
    boolean add = random.nextBoolean();
    return node()
        .ask(
            ConversationVerbs.UPDATE_GROUP,
            new UpdateGroup(
                group,
                people.getFirst(),
                random.nextInt(4) == 0 ? Optional.of("name " + number) : Optional.empty(),
                add ? List.of(other) : List.of(),
                add ? List.of() : List.of(other)));
  }

  private long someSeq() {
    return 1L + random.nextInt(50);
  }

  /** The same for the same key: a message, an answer to the first items, or a transfer. */
  private static Draft draft(String key) {
    int kind = Math.floorMod(key.hashCode(), 10);
    Draft text = Draft.text("text " + key);
    return switch (kind) {
      case 0, 1 ->
          Draft.of(new TransferTerms(Math.abs((long) key.hashCode()) + 1, "EUR", Optional.of(key)));
      case 2, 3 -> text.inReplyTo(OptionalLong.of(1 + kind * 20L));
      default -> text;
    };
  }

  private Future<?> append(TestStore node, long group, Party author, String key, String text) {
    return append(node, group, author, key, Draft.text(text));
  }

  private Future<?> append(TestStore node, long group, Party author, String key, Draft draft) {
    AppendItem item = AppendItem.of(group, author, Optional.of(key), draft);
    return node.ask(TimelineVerbs.APPEND_ITEM, item)
        .onSuccess(
            result -> {
              switch (result) {
                case Result.Done<Appended> done ->
                    acknowledged
                        .computeIfAbsent(key, any -> ConcurrentHashMap.newKeySet())
                        .add(new JsonObject(done.value().item()).getLong("seq"));
                case Result.Refused<Appended> refused ->
                    assertThat(refused.reason()).isIn(Refusal.NOT_THERE, Refusal.NO_SUCH_ITEM);
              }
            });
  }

  private void run(int window, Runnable disturb) {
    List<Future<?>> underWay = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      underWay.add(
          step(i)
              .onFailure(
                  failure -> {
                    if (!(failure instanceof Outage)) {
                      bugs.add(failure);
                    }
                  })
              .otherwiseEmpty());
      if (underWay.size() == window) {
        TestStore.get(Future.join(underWay));
        underWay.clear();
        disturb.run();
      }
    }
    TestStore.get(Future.join(underWay));
    assertThat(bugs).isEmpty();
  }

  private List<List<String>> query(String sql) {
    return new TestDatabase(url).rows(sql);
  }

  private void everyAcknowledgedItemIsStoredOnce() {
    Map<String, String> kept = new HashMap<>();
    for (List<String> row : query("select client_id, seq from item")) {
      assertThat(kept.put(row.get(0), row.get(1)))
          .describedAs("second item of " + row.get(0))
          .isNull();
    }
    acknowledged.forEach(
        (key, seqs) -> {
          assertThat(seqs).describedAs("answers for %s", key).hasSize(1);
          assertThat(kept.get(key))
              .describedAs("kept for %s", key)
              .isEqualTo(seqs.iterator().next().toString());
        });
    assertThat(acknowledged).isNotEmpty();
  }

  @Test
  void promisesHoldWhileTwoNodesWrite() {
    run(60, () -> {});
    TimelineInvariants.check(url);
    everyAcknowledgedItemIsStoredOnce();
    everyRevIsPublishedExactlyOnce();
    feedsAreComplete();
  }

  private void everyRevIsPublishedExactlyOnce() {
    Map<Long, List<Long>> told =
        nodes.stream()
            .flatMap(node -> node.news.stream())
            .collect(
                Collectors.groupingBy(
                    TimelineChanged::conversation,
                    TreeMap::new,
                    Collectors.mapping(TimelineChanged::rev, Collectors.toList())));
    for (List<String> row : query("select id, rev from conversation order by id")) {
      List<Long> revs = told.get(Long.valueOf(row.get(0))).stream().sorted().toList();
      assertThat(revs)
          .describedAs("revs of conversation " + row.get(0))
          .isEqualTo(
              IntStream.rangeClosed(1, Integer.parseInt(row.get(1)))
                  .mapToObj(Long::valueOf)
                  .toList());
    }
  }

  /** From any rev on, the feed names every thing that changed since, once, in order. */
  private void feedsAreComplete() {
    for (long group : groups) {
      long rev =
          Long.parseLong(
              query("select rev from conversation where id = " + group).getFirst().getFirst());
      for (long since : new long[] {Math.max(0, rev - 400), Math.max(0, rev - 20), rev - 1, rev}) {
        ConversationVerbs.Changes changes =
            nodes
                .getFirst()
                .done(
                    ConversationVerbs.FIND_CHANGES,
                    new FindChanges(group, people.getFirst().id(), since, 500));
        List<Long> revs = changes.events().stream().map(TimelineChanged::rev).toList();
        assertThat(revs).isSorted().allMatch(each -> each > since).doesNotHaveDuplicates();
        Set<String> expected = new TreeSet<>();
        query(
                "select distinct rev from item where conversation = %d and rev > %d union select rev from change c where conversation = %d and rev > %d and (kind <> 'receipt' or exists (select from member m where m.conversation = c.conversation and m.party = c.subject)) and kind <> 'item'"
                    .formatted(group, since, group, since))
            .forEach(row -> expected.add(row.getFirst()));
        Set<String> toldRevs = new TreeSet<>();
        revs.forEach(each -> toldRevs.add(each.toString()));
        assertThat(toldRevs).isEqualTo(expected);
        assertThat(changes.rev()).isEqualTo(rev);
      }
    }
  }

  @Test
  @Tag("fault")
  void promisesHoldWhileConnectionsAreCut() {
    run(
        60,
        () ->
            query(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'parley' and random() < 0.3"));
    TimelineInvariants.check(url);
    everyAcknowledgedItemIsStoredOnce();
    nodes.forEach(
        node ->
            assertThat(
                    node.news.stream().map(each -> each.conversation() + ":" + each.rev()).toList())
                .doesNotHaveDuplicates());
  }

  @Test
  void connectionsCutInTheMiddleOfBatchesLoseNothing() {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      long group = pick(groups);
      Party person = pick(people);
      String key = "mid-" + i;
      all.add(append(node(), group, person, key, key).otherwiseEmpty());
      if (i % 100 == 50) {
        query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'parley' and state = 'active'");
      }
    }
    TestStore.get(Future.join(all));
    TimelineInvariants.check(url);
    everyAcknowledgedItemIsStoredOnce();
  }

  @Test
  void anAuthorsItemsKeepTheirOrder() {
    Party ann = people.get(1);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      all.add(append(nodes.getFirst(), groups.getFirst(), ann, "ordered-" + i, "text"));
    }
    TestStore.get(Future.all(all));
    List<String> order =
        query("select client_id from item where client_id like 'ordered-%' order by seq").stream()
            .map(List::getFirst)
            .toList();
    assertThat(order).isEqualTo(IntStream.range(0, 300).mapToObj(i -> "ordered-" + i).toList());
  }

  @Test
  void fiftyIdenticalPostsOnTwoNodesCreateOneItem() {
    List<Future<Result<Appended>>> posts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      AppendItem item =
          AppendItem.of(groups.getFirst(), people.get(2), Optional.of("same"), Draft.text("same"));
      posts.add(nodes.get(i % 2).ask(TimelineVerbs.APPEND_ITEM, item));
    }
    TestStore.get(Future.all(posts));
    List<Appended> answers =
        posts.stream().map(Future::result).map(r -> ((Result.Done<Appended>) r).value()).toList();
    assertThat(answers.stream().map(each -> each.item().toString()).distinct()).hasSize(1);
    assertThat(answers.stream().filter(each -> !each.replayed())).hasSize(1);
    assertThat(query("select count(*) from item")).isEqualTo(List.of(List.of("1")));
  }

  @Test
  void firstContactFromBothSidesAtOnceIsOneConversation() {
    Party ann = people.get(0);
    Party bob = people.get(1);
    List<Future<Result<Appended>>> posts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      boolean fromAnn = random.nextBoolean();
      WriteTo post =
          new WriteTo(
              fromAnn ? ann : bob,
              fromAnn ? bob : ann,
              Optional.of("first-" + i),
              Draft.text("hi"));
      posts.add(node().ask(ConversationVerbs.WRITE_TO, post));
    }
    TestStore.get(Future.all(posts));
    assertThat(query("select count(*), min(last_seq) from conversation where kind = 'direct'"))
        .isEqualTo(List.of(List.of("1", "40")));
    TimelineInvariants.check(url);
    everyRevIsPublishedExactlyOnce();
  }

  @Test
  void concurrentSettlingAndCancelingHasOneWinner() {
    Party ann = people.get(1);
    Party agent = nodes.getFirst().user("agent", PartyKind.PERSON);
    Draft money = Draft.of(new TransferTerms(5, "EUR", Optional.empty()));
    List<Future<Result<Item>>> moves = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      AppendItem item = AppendItem.of(groups.getFirst(), ann, Optional.of("t" + i), money);
      long seq =
          new JsonObject(nodes.getFirst().done(TimelineVerbs.APPEND_ITEM, item).item())
              .getLong("seq");
      List<MoveTransfer> both = new ArrayList<>();
      both.add(new MoveTransfer(groups.getFirst(), ann, false, seq, TransferState.CANCELED));
      both.add(new MoveTransfer(groups.getFirst(), agent, true, seq, pick(STATES.subList(1, 3))));
      java.util.Collections.shuffle(both, random);
      int first = random.nextInt(2);
      moves.add(nodes.get(first).ask(TimelineVerbs.MOVE_TRANSFER, both.get(0)));
      moves.add(nodes.get(1 - first).ask(TimelineVerbs.MOVE_TRANSFER, both.get(1)));
    }
    TestStore.get(Future.all(moves));
    for (int i = 0; i < moves.size(); i += 2) {
      assertThat(List.of(moves.get(i).result(), moves.get(i + 1).result()))
          .describedAs("transfer %s", i / 2)
          .containsOnlyOnce(Result.refused(Refusal.ILLEGAL_MOVE))
          .filteredOn(Result.Done.class::isInstance)
          .hasSize(1);
    }
    assertThat(query("select count(*), count(distinct seq) from transfer_event"))
        .isEqualTo(List.of(List.of("60", "60")));
    assertThat(query("select count(distinct to_state) > 1 from transfer_event"))
        .describedAs("both sides win sometimes")
        .isEqualTo(List.of(List.of("t")));
    TimelineInvariants.check(url);
    everyRevIsPublishedExactlyOnce();
    feedsAreComplete();
  }

  @Test
  void aKeyMovesMoneyOnceWhateverElseIsInTheBatch() {
    Party ann = people.get(1);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      // the same key twice with the same terms, and once with others: in one batch, or over two
      // nodes
      TransferTerms terms =
          new TransferTerms(i % 5 == 4 ? 2 : 1, "EUR", Optional.of("key " + i / 5));
      AppendItem item =
          AppendItem.of(groups.getFirst(), ann, Optional.of("once-" + i / 5), Draft.of(terms));
      all.add(node().ask(TimelineVerbs.APPEND_ITEM, item));
      all.add(append(node(), groups.getFirst(), ann, "between-" + i, "text"));
    }
    TestStore.get(Future.all(all));
    assertThat(query("select count(*), count(distinct reference) from transfer"))
        .isEqualTo(List.of(List.of("40", "40")));
    TimelineInvariants.check(url);
  }

  @Test
  void aRefusedReplyLeavesItsKeyFree() {
    Party ann = people.get(1);
    long group = groups.getFirst();
    List<Future<Result<Appended>>> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      // the first one goes alone, so the others go in one batch
      boolean good = i % 3 != 1;
      Draft draft =
          Draft.text("text").inReplyTo(good ? OptionalLong.empty() : OptionalLong.of(900));
      Optional<String> key = Optional.of("free-" + (i + 2) / 3);
      all.add(
          nodes.getFirst().ask(TimelineVerbs.APPEND_ITEM, AppendItem.of(group, ann, key, draft)));
    }
    TestStore.get(Future.all(all));
    for (int i = 0; i < 60; i++) {
      assertThat(all.get(i).result().equals(Result.refused(Refusal.NO_SUCH_ITEM)))
          .describedAs("item %s", i)
          .isEqualTo(i % 3 == 1);
    }
    assertThat(query("select count(*), count(distinct client_id) from item"))
        .isEqualTo(List.of(List.of("21", "21")));
    TimelineInvariants.check(url);
  }

  @Test
  void aBadItemFailsAlone() {
    List<Future<Result<Appended>>> posts = new ArrayList<>();
    Party ann = people.getFirst();
    for (int i = 0; i < 40; i++) {
      // PostgreSQL takes no U+0000; the edges never let one through, so it stands for any row that
      // is bad
      String text = i == 20 ? "bad\u0000" : "good";
      posts.add(
          nodes
              .getFirst()
              .ask(
                  TimelineVerbs.APPEND_ITEM,
                  AppendItem.of(groups.getFirst(), ann, Optional.of("p" + i), Draft.text(text))));
    }
    TestStore.get(Future.join(posts).otherwiseEmpty());
    for (int i = 0; i < 40; i++) {
      assertThat(posts.get(i).succeeded()).describedAs("item " + i).isEqualTo(i != 20);
    }
    TimelineInvariants.check(url);
  }
}
