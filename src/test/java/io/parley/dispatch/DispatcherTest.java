package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Attempt;
import io.parley.channel.BreakerState;
import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.Lease;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Released;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.RetrySchedule;
import io.parley.flow.Outage;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rounds against fakes, in a time of its own. */
@Tag("fast")
class DispatcherTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Time time = new Time();
  private final Store store = new Store();
  private final Far far = new Far();
  private final Dispatcher dispatcher =
      new Dispatcher(
          far,
          () -> true,
          store,
          time,
          () -> START.plusMillis(time.now),
          new Random(1),
          RetrySchedule.DEFAULT);

  /** Alarms that ring when the test says so. */
  private static final class Time implements Timer {
    private record Ring(long at, long n, Runnable wake) {}

    private final PriorityQueue<Ring> rings =
        new PriorityQueue<>(Comparator.comparingLong(Ring::at).thenComparingLong(Ring::n));
    private long now;
    private long n;

    @Override
    public Runnable after(long ms, Runnable wake) {
      Ring ring = new Ring(now + ms, n++, wake);
      rings.add(ring);
      return () -> rings.remove(ring);
    }

    void pass(long ms) {
      long end = now + ms;
      while (!rings.isEmpty() && rings.peek().at() <= end) {
        Ring next = rings.remove();
        now = Math.max(now, next.at());
        next.wake().run();
      }
      now = end;
    }
  }

  private static final class Store implements DeliveryStore {
    private final Deque<Claimed> due = new ArrayDeque<>();
    private final List<Settlement> settled = new ArrayList<>();
    private final List<Lease> released = new ArrayList<>();
    private final List<Promise<Settled>> held = new ArrayList<>();
    private int claims;
    private int settles;
    private boolean down;
    private boolean slow;
    private Set<Long> locked = Set.of();

    void add(int count) {
      for (int i = 0; i < count; i++) {
        due.add(claimed(due.size() + 1, 0, false));
      }
    }

    @Override
    public Future<Claims> claim(ClaimDue wanted) {
      claims++;
      if (down) {
        return Future.failedFuture(Outage.unavailable("down"));
      }
      List<Claimed> claimed = new ArrayList<>();
      int retries = 0;
      for (Claimed each : List.copyOf(due)) {
        if (claimed.size() < wanted.limit() && (!each.retry() || retries < wanted.retries())) {
          retries += each.retry() ? 1 : 0;
          claimed.add(each);
          due.remove(each);
        }
      }
      return Future.succeededFuture(new Claims(claimed));
    }

    @Override
    public Future<Settled> settle(Settle wanted) {
      settles++;
      if (down) {
        return Future.failedFuture(Outage.unavailable("down"));
      }
      wanted.settlements().stream()
          .filter(each -> !locked.contains(each.delivery()))
          .forEach(settled::add);
      Promise<Settled> answer = Promise.promise();
      if (slow) {
        held.add(answer);
      } else {
        answer.complete(new Settled(wanted.settlements().size(), locked));
      }
      return answer.future();
    }

    @Override
    public Future<Released> release(ReleaseLeases wanted) {
      released.addAll(wanted.leases());
      return Future.succeededFuture(new Released(wanted.leases().size()));
    }
  }

  private static Claimed claimed(long delivery, int attempts, boolean withdrawn) {
    OutgoingMessage outgoing =
        new OutgoingMessage(
            delivery, 0, Channel.SMS, "a", "b", Optional.empty(), "x", List.of(), START);
    return new Claimed(
        outgoing, 1, attempts > 0, attempts, START.plus(Duration.ofDays(1)), withdrawn);
  }

  /** A provider that answers when the test says so, or at once. */
  private static final class Far implements DispatchTarget {
    private final List<Promise<Optional<Attempt>>> asked = new ArrayList<>();
    private Optional<Outcome> atOnce = Optional.empty();
    private boolean answersAtOnce;
    private int retryBudget = 100;
    private int most = 10;
    private int asking;

    void answer(Outcome outcome) {
      asked.removeFirst().complete(Optional.of(attempt(outcome)));
    }

    private static Attempt attempt(Outcome outcome) {
      return new Attempt(
          "far",
          0,
          START,
          START,
          outcome,
          OptionalInt.empty(),
          BreakerState.CLOSED,
          Optional.empty(),
          Optional.empty());
    }

    @Override
    public String name() {
      return "far";
    }

    @Override
    public Channel route() {
      return Channel.SMS;
    }

    @Override
    public BreakerState breaker() {
      return BreakerState.CLOSED;
    }

    @Override
    public int capacity() {
      return most - asking;
    }

    @Override
    public long msUntilCapacity() {
      return Dispatcher.MAX_IDLE_MS;
    }

    @Override
    public int retryBudget() {
      return retryBudget;
    }

    @Override
    public long msUntilRetry() {
      return 100;
    }

    @Override
    public Duration attemptTimeout() {
      return Duration.ofSeconds(5);
    }

    @Override
    public Future<Optional<Attempt>> send(OutgoingMessage message, boolean retry) {
      retryBudget -= retry ? 1 : 0;
      if (answersAtOnce) {
        return Future.succeededFuture(atOnce.map(Far::attempt));
      }
      asking++;
      Promise<Optional<Attempt>> answer = Promise.promise();
      asked.add(answer);
      return answer.future().onComplete(done -> asking--);
    }
  }

  @Test
  void aHintStartsARoundAndARoundGoesOnWhileThereIsWork() {
    far.answersAtOnce = true;
    far.atOnce = Optional.of(new Outcome.Sent("r"));
    store.add(95);
    dispatcher.hint();
    time.pass(10);
    assertThat(store.settled).hasSize(95);
    assertThat(store.settled).allMatch(each -> each.step().equals(new NextStep.HandedOver("r")));
  }

  @Test
  void noMoreIsClaimedThanThereIsRoomFor() {
    store.add(30);
    dispatcher.hint();
    time.pass(5_000);
    assertThat(far.asked).hasSize(10);
    assertThat(store.due).hasSize(20);
    far.answer(new Outcome.Sent("r"));
    assertThat(far.asked).hasSize(10);
    assertThat(store.due).hasSize(19);
  }

  @Test
  void aThousandHintsAreHardlyAClaim() {
    for (int i = 0; i < 1_000; i++) {
      dispatcher.hint();
    }
    time.pass(100);
    assertThat(store.claims).isLessThanOrEqualTo(3);
  }

  @Test
  void withoutAnyHintItLooksOnceASecond() {
    dispatcher.hint();
    time.pass(10_000);
    assertThat(store.claims).isBetween(10, 12);
    store.add(1);
    time.pass(1_000);
    assertThat(far.asked).hasSize(1);
  }

  @Test
  void aHintDuringAClaimIsNotLost() {
    dispatcher.hint();
    store.add(1);
    dispatcher.hint();
    time.pass(6);
    assertThat(far.asked).hasSize(1);
  }

  @Test
  void whatGathersWhileOneSettlementIsUnderWayGoesInTheNext() {
    store.slow = true;
    store.add(10);
    dispatcher.hint();
    for (int i = 0; i < 10; i++) {
      far.answer(new Outcome.Sent("r" + i));
    }
    assertThat(store.settles).isOne();
    store.held.removeFirst().complete(new Settled(1, Set.of()));
    assertThat(store.settles).isEqualTo(2);
    assertThat(store.settled).hasSize(10);
  }

  @Test
  void aSettlementThatFindsItsConversationLockedIsRepeatedAndDelaysNoOther() {
    store.add(3);
    store.locked = Set.of(2L);
    dispatcher.hint();
    far.answer(new Outcome.Sent("r1"));
    far.answer(new Outcome.Sent("r2"));
    far.answer(new Outcome.Sent("r3"));
    assertThat(store.settled).extracting(Settlement::delivery).containsExactly(1L, 3L);
    time.pass(1_000);
    assertThat(store.settled).hasSize(2);
    store.locked = Set.of();
    time.pass(250);
    assertThat(store.settled).extracting(Settlement::delivery).containsExactly(1L, 3L, 2L);
  }

  @Test
  void answersSurviveAStoreThatIsAway() {
    store.add(2);
    dispatcher.hint();
    store.down = true;
    far.answer(new Outcome.Sent("r1"));
    far.answer(new Outcome.Refused("c", "m"));
    time.pass(3_000);
    assertThat(store.settled).isEmpty();
    store.down = false;
    time.pass(400);
    assertThat(store.settled)
        .extracting(Settlement::step)
        .containsExactlyInAnyOrder(new NextStep.HandedOver("r1"), new NextStep.Failed("c", "m"));
  }

  @Test
  void anAnswerIsForgottenOnceItsLeaseIsOver() {
    store.add(1);
    dispatcher.hint();
    store.down = true;
    far.answer(new Outcome.Sent("r"));
    time.pass(20_000);
    store.down = false;
    time.pass(1_000);
    assertThat(store.settled).isEmpty();
  }

  @Test
  void whatWasNotAskedAfterAllGoesBackWithoutAnAttempt() {
    far.answersAtOnce = true;
    store.add(1);
    dispatcher.hint();
    assertThat(store.released).hasSize(1);
    assertThat(store.settled).isEmpty();
  }

  @Test
  void retriesAreClaimedWithinTheirBudgetAndNothingIsReleased() {
    far.answersAtOnce = true;
    far.atOnce = Optional.of(new Outcome.Unavailable("http_503", "down"));
    far.retryBudget = 5;
    for (int i = 1; i <= 1_000; i++) {
      store.due.add(claimed(i, 1, false));
    }
    dispatcher.hint();
    for (int second = 0; second < 10; second++) {
      time.pass(1_000);
      far.retryBudget += 10;
    }
    assertThat(store.settled).hasSizeBetween(90, 110);
    assertThat(store.released).isEmpty();
    assertThat(store.claims).isLessThan(250);
  }

  @Test
  void firstAttemptsDoNotWaitBehindRetriesWithoutBudget() {
    far.retryBudget = 0;
    store.due.add(claimed(1, 3, false));
    store.due.add(claimed(2, 0, false));
    dispatcher.hint();
    assertThat(far.asked).hasSize(1);
    far.retryBudget = 1;
    time.pass(150);
    assertThat(far.asked).hasSize(2);
  }

  @Test
  void aDeletedItemIsNotSent() {
    store.due.add(claimed(1, 0, true));
    dispatcher.hint();
    assertThat(far.asked).isEmpty();
    assertThat(store.settled.getFirst().attempt()).isEmpty();
    assertThat(store.settled.getFirst().step()).isInstanceOf(NextStep.Failed.class);
  }

  @Test
  void leavingWaitsForWhatIsUnderWayAndTakesNothingMore() {
    store.add(20);
    dispatcher.hint();
    Future<Void> left = dispatcher.stop();
    while (far.asked.size() > 1) {
      far.answer(new Outcome.Sent("r"));
    }
    assertThat(left.isComplete()).isFalse();
    far.answer(new Outcome.Sent("r"));
    assertThat(left.succeeded()).isTrue();
    assertThat(store.settled).hasSize(10);
    assertThat(store.due).hasSize(10);
    time.pass(10_000);
    assertThat(store.due).hasSize(10);
  }
}
