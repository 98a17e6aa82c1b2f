package io.parley.store.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.CreateGroup;
import io.parley.flow.Outage;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.settings.DatabaseTimeouts;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.Draft;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.AppendItem;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.Marked;
import io.vertx.core.Future;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A conversation that somebody else holds locked, in the same lane as others. */
@Tag("integration")
class LockedConversationTest {
  private static final DatabaseTimeouts TIMEOUTS =
      new DatabaseTimeouts(
          Duration.ofSeconds(2),
          Duration.ofSeconds(8),
          Duration.ofSeconds(4),
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofMillis(1_200),
          Duration.ofSeconds(30));

  private final TestDatabase database = TestDatabase.create();
  private TestStore store;
  private Connection other;
  private Party ann;
  private long locked;
  private long free;

  @BeforeEach
  void lock() throws Exception {
    store = new TestStore(database.url(), 1, TIMEOUTS);
    ann = store.user("ann", PartyKind.PERSON);
    locked = group("locked");
    free = group("free");
    append(locked, "before");
    append(free, "before");
    other = database.connect();
    other.setAutoCommit(false);
    TestDatabase.rows(other, "select id from conversation where id = " + locked + " for update");
  }

  @AfterEach
  void close() throws Exception {
    other.close();
    store.close();
    TimelineInvariants.check(database.url());
  }

  private long group(String name) {
    CreateGroup wanted = new CreateGroup(ann, name, List.of(), Optional.empty());
    return store.done(ConversationVerbs.CREATE_GROUP, wanted).conversation();
  }

  private void append(long conversation, String text) {
    TestStore.get(start(conversation, text));
  }

  private Future<Result<Appended>> start(long conversation, String text) {
    return store.ask(
        TimelineVerbs.APPEND_ITEM,
        AppendItem.of(conversation, ann, Optional.empty(), Draft.text(text)));
  }

  private Future<Result<Marked>> mark(long conversation) {
    return store.ask(TimelineVerbs.MARK_READ, new MarkRead(conversation, ann, 1));
  }

  @Test
  void othersInItsLaneDoNotWaitForItAndItsItemsKeepTheirOrder() throws Exception {
    List<Future<Result<Appended>>> waiting = new ArrayList<>();
    Future<Result<Marked>> marking = mark(locked);
    long began = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      waiting.add(start(locked, "item " + i));
      append(free, "item " + i);
      TestStore.get(mark(free));
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    assertThat(waiting).noneMatch(Future::isComplete);
    assertThat(marking.isComplete()).isFalse();

    other.rollback();
    waiting.forEach(TestStore::get);
    TestStore.get(marking);
    assertThat(
            database.rows(
                "select body from item where conversation = "
                    + locked
                    + " and seq > 1 order by seq"))
        .extracting(List::getFirst)
        .containsExactly(IntStream.range(0, 20).mapToObj(i -> "item " + i).toArray(String[]::new));
  }

  @Test
  void itsRequestsFailWhenTheirTimeIsOverAndNothingWasDone() throws Exception {
    Future<Result<Appended>> waiting = start(locked, "too late");
    assertThatThrownBy(() -> TestStore.get(waiting))
        .isInstanceOfSatisfying(
            Outage.class, outage -> assertThat(outage.kind()).isEqualTo(Outage.Kind.UNAVAILABLE));
    other.rollback();
    append(locked, "after");
    assertThat(database.one("select count(*) from item where conversation = " + locked))
        .isEqualTo("2");
  }
}
