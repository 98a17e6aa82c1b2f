package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.flow.Outage;
import io.parley.live.frame.SharedFrame;
import io.parley.live.loop.VirtualLoop;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RevOrderTest {
  private static final long CONVERSATION = 7;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final VirtualLoop loop = new VirtualLoop();
  private final List<Long> delivered = new ArrayList<>();
  private final List<Long> asked = new ArrayList<>();
  private final List<Result<Changes>> answers = new ArrayList<>();
  private int restarts;
  private int closed;
  private RevOrder.History history =
      (id, rev, limit) -> {
        asked.add(rev);
        return answers.isEmpty()
            ? Future.failedFuture(Outage.unavailable("no answer prepared"))
            : Future.succeededFuture(answers.removeFirst());
      };
  private final RevOrder order =
      new RevOrder(loop, (id, rev, limit) -> history.since(id, rev, limit), new Output());
  private ConversationFeed feed = feedAt(0);

  private final class Output implements RevOrder.Output {
    @Override
    public void deliver(ConversationFeed to, TimelineChanged change) {
      if (to == feed) {
        assertThat(change.rev()).describedAs("seed %d", seed).isEqualTo(to.rev + 1);
        delivered.add(change.rev());
      }
      to.rev = change.rev();
    }

    @Override
    public void restart(ConversationFeed restarted) {
      if (restarted == feed) {
        restarts++;
      }
    }

    @Override
    public void closeIfUnused(ConversationFeed unused) {
      closed++;
    }
  }

  private static final class NoMember implements ConversationFeed.Member {
    @Override
    public long account() {
      return 1;
    }

    @Override
    public void event(long conversation, long rev, SharedFrame frame) {}

    @Override
    public void ephemeral(SharedFrame frame) {}

    @Override
    public boolean hasReceivedLast(ConversationFeed feed) {
      return true;
    }

    @Override
    public void reconnect() {}
  }

  private static ConversationFeed feedAt(long rev) {
    ConversationFeed opened = new ConversationFeed(CONVERSATION, rev);
    opened.members.add(new NoMember());
    return opened;
  }

  private static TimelineChanged change(long rev) {
    return TimelineChanged.of(CONVERSATION, rev, new byte[] {(byte) rev});
  }

  private void accept(long... revs) {
    LongStream.of(revs).forEach(rev -> order.accept(feed, change(rev)));
  }

  private void prepare(long upTo, boolean more, long... revs) {
    List<TimelineChanged> events = LongStream.of(revs).mapToObj(RevOrderTest::change).toList();
    answers.add(new Result.Done<>(new Changes(events, upTo, false, more)));
  }

  @Test
  void eventsInOrderAreDeliveredAtOnceAndRepeatsDropped() {
    accept(1, 2, 2, 1, 3);

    assertThat(delivered).containsExactly(1L, 2L, 3L);
    assertThat(feed.early).isNull();
  }

  @Test
  void anEarlyEventWaitsForTheOnesBeforeIt() {
    accept(1, 3, 4);
    assertThat(delivered).containsExactly(1L);

    accept(2);

    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L);
    assertThat(asked).isEmpty();
  }

  @Test
  void aGapIsFetchedOnceItHasLastedAMoment() {
    prepare(4, false, 2, 3);
    accept(1, 4);

    loop.advance(RevOrder.GAP_WAIT_MS - 1);
    assertThat(asked).isEmpty();
    loop.advance(1);

    assertThat(asked).containsExactly(1L);
    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aGapThatHasClosedIsNotFetched() {
    accept(1, 3);
    accept(2);

    loop.advance(RevOrder.RETRY_MS);

    assertThat(delivered).containsExactly(1L, 2L, 3L);
    assertThat(asked).isEmpty();
  }

  @Test
  void aFeedThatIsBehindFetchesUnlessTheEventsArriveAnyway() {
    order.catchUp(feed, 2);
    accept(1, 2);
    loop.advance(RevOrder.GAP_WAIT_MS);
    assertThat(asked).isEmpty();

    prepare(4, false, 3, 4);
    order.catchUp(feed, 2);
    order.catchUp(feed, 4);
    loop.advance(RevOrder.GAP_WAIT_MS);

    assertThat(asked).containsExactly(2L);
    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aFetchThatFailsIsRepeated() {
    accept(1, 3);
    loop.advance(RevOrder.GAP_WAIT_MS);
    prepare(3, false, 2, 3);

    loop.advance(RevOrder.RETRY_MS);

    assertThat(asked).hasSize(2);
    assertThat(delivered).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aLongGapIsFetchedInSeveralSteps() {
    prepare(3, true, 2, 3);
    prepare(5, false, 4, 5);
    accept(1, 6);

    loop.advance(2 * RevOrder.GAP_WAIT_MS);

    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void anIncompleteFetchIsRepeatedOnceBeforeClientsHaveToResume() {
    // rev 2 was superseded in the store, and its event was lost
    prepare(4, false, 3, 4);
    prepare(4, false, 3, 4);
    accept(1, 4);

    loop.advance(RevOrder.GAP_WAIT_MS);
    assertThat(restarts).isZero();
    loop.advance(RevOrder.SECOND_FETCH_MS);

    assertThat(restarts).isEqualTo(1);
    assertThat(delivered).containsExactly(1L);
  }

  @Test
  void anEventThatArrivesAfterAnIncompleteFetchFillsTheGap() {
    prepare(4, false, 3, 4);
    prepare(4, false);
    accept(1, 4);
    loop.advance(RevOrder.GAP_WAIT_MS);

    accept(2, 3);
    loop.advance(RevOrder.SECOND_FETCH_MS);

    assertThat(restarts).isZero();
    assertThat(delivered).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void tooManyMissedEventsMakeClientsResume() {
    answers.add(new Result.Done<>(new Changes(List.of(), 0, true, false)));
    accept(1, 900);

    loop.advance(RevOrder.GAP_WAIT_MS);

    assertThat(restarts).isEqualTo(1);
    assertThat(feed.early).isNull();
  }

  @Test
  void aNewFeedBeginsWithTheLowestRevOfItsFirstMoment() {
    order.acceptFirst(feed, change(9));
    accept(8, 10);
    assertThat(delivered).isEmpty();

    feed.rev = 0;
    loop.advance(RevOrder.GAP_WAIT_MS);

    assertThat(feed.rev).isEqualTo(10);
    assertThat(delivered).containsExactly(8L, 9L, 10L);
    assertThat(asked).isEmpty();
  }

  @Test
  void aNewFeedThatNobodyReceivesIsClosed() {
    feed.members.clear();
    order.acceptFirst(feed, change(9));

    loop.advance(RevOrder.GAP_WAIT_MS);

    assertThat(closed).isEqualTo(1);
    assertThat(asked).isEmpty();
  }

  @Test
  void noMoreThanALimitOfEarlyEventsIsKept() {
    accept(1);
    for (long rev = 3; rev <= RevOrder.MAX_EARLY + 500; rev++) {
      accept(rev);
    }

    assertThat(feed.early).hasSize(RevOrder.MAX_EARLY);
  }

  /** Events get lost, repeated and reordered; the store forgets superseded ones and fails. */
  @Test
  void everyRevIsDeliveredOnceAndInOrderOrTheClientsResume() {
    System.out.println("seed " + seed);
    for (int run = 0; run < 400; run++) {
      runOnce();
    }
  }

  private void runOnce() {
    delivered.clear();
    restarts = 0;
    feed = feedAt(0);
    int last = 1 + random.nextInt(60);
    long[] head = {0};
    double loss = random.nextInt(3) * 0.15;
    history =
        (id, rev, limit) ->
            random.nextInt(5) == 0
                ? loop.failLater(random.nextInt(200), Outage.unavailable("down"))
                : loop.later(random.nextInt(80), read(rev, head[0], 1 + random.nextInt(20)));
    for (long rev = 1; rev <= last; rev++) {
      publish(rev, loss, rev == last, head);
    }
    loop.advance(60_000);

    // clients that resumed are beyond what was delivered
    if (restarts == 0) {
      assertThat(delivered)
          .describedAs("seed %d", seed)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, last).boxed().toList());
      assertThat(feed.early).isNull();
    } else {
      assertThat(delivered)
          .describedAs("seed %d", seed)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, delivered.size()).boxed().toList());
    }
  }

  private void publish(long rev, double loss, boolean surely, long[] head) {
    long committedAt = rev * 7;
    loop.after(committedAt, () -> head[0] = rev);
    int copies = surely || random.nextDouble() >= loss ? 1 + random.nextInt(2) : 0;
    for (int i = 0; i < copies; i++) {
      long late = random.nextInt(4) == 0 ? random.nextInt(150) : 0;
      loop.after(committedAt + late, () -> order.accept(feed, change(rev)));
    }
  }

  private Result<Changes> read(long since, long head, int limit) {
    List<TimelineChanged> events = new ArrayList<>();
    long upTo = since;
    while (upTo < head && events.size() < limit) {
      upTo++;
      if (upTo == head || random.nextInt(8) > 0) {
        events.add(change(upTo));
      }
    }
    return new Result.Done<>(new Changes(events, upTo, random.nextInt(50) == 0, upTo < head));
  }
}
