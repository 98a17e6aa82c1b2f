package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.conversation.ConversationVerbs.UpdateGroup;
import io.parley.conversation.ConversationVerbs.UserRef;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.insight.InsightVerbs;
import io.parley.insight.InsightVerbs.Found;
import io.parley.insight.InsightVerbs.Position;
import io.parley.insight.InsightVerbs.SearchItems;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.GatewayExtension;
import io.parley.testing.SeededHistory;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Content.Post;
import io.parley.timeline.Draft;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("integration")
@ExtendWith(GatewayExtension.class)
class ItemSearchTest {
  private static final AtomicInteger TESTS = new AtomicInteger();
  private static String url;
  private static SeededHistory past;
  private static TestStore node;

  /** Users of this test alone, so that all tests can share a database. */
  private Party ann;

  private Party bob;
  private Party cleo;
  private long group;

  @BeforeAll
  static void open(TestDatabase database, TestStore store) {
    url = database.url();
    past = new SeededHistory(url);
    node = store;
  }

  @BeforeEach
  void createPeople() {
    int test = TESTS.incrementAndGet();
    ann = node.user("ann" + test, PartyKind.PERSON);
    bob = node.user("bob" + test, PartyKind.PERSON);
    cleo = node.user("cleo" + test, PartyKind.PERSON);
    group = group("ours");
  }

  private long group(String name) {
    CreateGroup wanted =
        new CreateGroup(ann, name, List.of(new UserRef(bob.handle())), Optional.empty());
    return node.done(ConversationVerbs.CREATE_GROUP, wanted).conversation();
  }

  private void say(long conversation, String text) {
    say(conversation, Draft.text(text));
  }

  private void say(long conversation, Draft draft) {
    node.done(TimelineVerbs.APPEND_ITEM, AppendItem.of(conversation, ann, Optional.empty(), draft));
  }

  private void index() {
    Await.until(
        "everything is indexed", () -> past.one("select coalesce(index_items(7), 1)").equals("0"));
  }

  private Found find(Party caller, String words) {
    return node.done(
        InsightVerbs.SEARCH_ITEMS,
        new SearchItems(caller.id(), words, Optional.empty(), Optional.empty(), 200));
  }

  private List<String> bodies(String words) {
    return find(bob, words).items().stream().map(item -> item.body().orElse("")).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "breakfast, true",
    "BREAKFAST, true",
    "break, true",
    "bre, true",
    "br, false",
    "fast, false",
    "cafe, true",
    "CAFÉ, true",
    "'breakfast noon', true",
    "'noo breakfast', false",
    "'breakfast noo', true",
    "'breakfast supper', false",
    "'supper or breakfast', true",
    "'breakfast -noon', false",
    "'breakfast -supper', true",
    "'breakfast -noo', true",
    "'\"breakfast at\"', true",
    "'\"at breakfast\"', false",
    "'\"breakfast at no\"', false",
    "'\"breakfast at noon\"', true",
    "ärger, true",
    "Arger, true",
    "Жук, true",
    "жу, true",
    "e-mail, true",
    "example.org, true",
  })
  void wordsPhrasesAndPrefixesAreFound(String words, boolean there) {
    say(group, "Breakfast at noon in the café, Ärger with the e-mail of жук example.org");
    say(group, "nothing of that kind");
    index();
    assertThat(bodies(words)).hasSize(there ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"",
        "\"a",
        "a \"\" b",
        "'",
        "a'b",
        "a & b",
        "a | !b",
        "(a",
        "a)",
        "a:*",
        "a:",
        "\\",
        "a\\",
        "<->",
        "a <-> b",
        "- a",
        "--a",
        "a - b",
        "or",
        "a or",
        "or or or",
        "%",
        "a_b",
        ";drop table item",
        "$1",
        "\u0001 1",
        "a\u0001b",
        "\ufffe",
        "\ud83d\ude00 a",
        "a*",
        "-",
        "!!!",
        "\"-\"",
        "a\nb",
        "http://a?b=c&d",
        "-(",
        "-\"",
        "-!|",
        "-é"
      })
  void anyQueryTextIsAnswered(String words) {
    say(group, "a b c");
    index();
    find(bob, words);
    find(bob, (words + " ").repeat(200).substring(0, 200));
    find(bob, words.repeat(200).substring(0, 200));
  }

  @Test
  void queriesWithoutASearchableWordAreReported() {
    assertThat(find(bob, "-nothing").asked()).isFalse();
    assertThat(find(bob, "!!!").asked()).isFalse();
    assertThat(find(bob, "a").asked()).isTrue();
  }

  @Test
  void titlesAndCaptionsAreFoundAndIndexInternalsAreNot() {
    Post post =
        new Post(
            Optional.empty(), "https://example.org/p", Optional.of("Zebra"), Optional.of("quagga"));
    say(group, Draft.of(post));
    index();
    assertThat(find(bob, "zebra").items()).hasSize(1);
    assertThat(find(bob, "quag").items()).hasSize(1);
    assertThat(find(bob, "\u0001" + group).asked()).isTrue();
    assertThat(find(bob, "\u0001" + group).items()).isEmpty();
  }

  @Test
  void formerMembersFindNothing() {
    say(group, "secret");
    index();
    assertThat(find(bob, "secret").items()).hasSize(1);
    node.done(
        ConversationVerbs.UPDATE_GROUP,
        new UpdateGroup(
            group, ann, Optional.empty(), List.of(), List.of(new UserRef(bob.handle()))));
    assertThat(find(bob, "secret").items()).isEmpty();
    assertThat(find(bob, "secret").behind()).isZero();
    SearchItems there =
        new SearchItems(bob.id(), "secret", Optional.of(group), Optional.empty(), 50);
    assertThat(TestStore.get(node.ask(InsightVerbs.SEARCH_ITEMS, there)))
        .isEqualTo(Result.refused(Refusal.NOT_THERE));
    assertThat(find(ann, "secret").items()).hasSize(1);
  }

  @Test
  void findsTheCurrentTextEvenBeforeItIsIndexed() throws Exception {
    say(group, "first draft");
    say(group, "second draft");
    index();
    try (var holder = past.connect();
        var statement = holder.createStatement()) {
      // nobody indexes while we hold this
      statement.execute("select pg_advisory_lock(hashtextextended('parley index', 0))");
      change(1, Optional.of("final text"));
      change(2, Optional.empty());
      assertThat(bodies("draft")).isEmpty();
      assertThat(find(bob, "draft").behind()).isZero();
      say(group, "third draft");
      assertThat(find(bob, "draft").behind()).isEqualTo(1);
    }
    index();
    assertThat(bodies("final")).containsExactly("final text");
    assertThat(bodies("draft")).containsExactly("third draft");
    assertThat(past.one("select count(*) from item_text where conversation = " + group))
        .isEqualTo("2");
    assertThat(find(bob, "draft").behind()).isZero();
  }

  private void change(long seq, Optional<String> body) {
    node.done(TimelineVerbs.CHANGE_ITEM, new ChangeItem(group, ann.id(), seq, body));
  }

  @Test
  void searchPagesAreConsistentWhileItemsAreAdded() {
    long other = group("other");
    List<String> said = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      say(i % 3 == 0 ? other : group, "word " + i);
      said.addFirst("word " + i);
    }
    index();
    List<String> found = new ArrayList<>();
    Optional<Position> at = Optional.empty();
    do {
      Found page =
          node.done(
              InsightVerbs.SEARCH_ITEMS,
              new SearchItems(bob.id(), "word", Optional.empty(), at, 7));
      page.items().forEach(item -> found.add(item.body().orElse("")));
      at = page.next();
      say(group, "word, later");
      index();
    } while (at.isPresent());
    assertThat(found).containsExactlyInAnyOrderElementsOf(said);
    assertThat(found.stream().filter(each -> each.startsWith("word 5"))).hasSize(11);
    List<Item> one =
        node.done(
                InsightVerbs.SEARCH_ITEMS,
                new SearchItems(bob.id(), "wor", Optional.of(other), Optional.empty(), 50))
            .items();
    assertThat(one).hasSize(20).allMatch(item -> item.conversation() == other);
    assertThat(one).isSortedAccordingTo((a, b) -> Long.compare(b.seq(), a.seq()));
  }

  @Test
  void membersOfVeryManyConversationsFindTheSame() {
    past.query(
        """
        with made as (
          insert into conversation (id, kind, name, owner, rev, member_count, created_at, active_at)
          select next_conversation_id(), 'group', 'many ' || g, %1$d, 1, 2, now(), now() from generate_series(1, 210) g
          returning id
        ), joined as (
          insert into member (conversation, party, role, joined_at)
          select id, p, case when p = %1$d then 'owner' else 'member' end, now() from made, unnest(array[%1$d, %2$d]) p
        )
        insert into change (conversation, kind, subject, rev, at) select id, 'conversation', 0, 1, now() from made
        """
            .formatted(ann.id(), bob.id()));
    long last = Long.parseLong(past.one("select last from conversation_counter"));
    say(group, "needle one");
    say(last, "needle two");
    index();
    assertThat(bodies("needle")).containsExactly("needle two", "needle one");
    assertThat(find(cleo, "needle").items()).isEmpty();
    TimelineInvariants.check(url);
  }
}
