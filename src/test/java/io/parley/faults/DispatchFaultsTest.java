package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.BreakerState;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.ProviderStatus;
import io.parley.channel.RetrySchedule;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.ProviderKinds;
import io.parley.dispatch.ProviderListener;
import io.parley.faults.FaultyProvider.Fault;
import io.parley.faults.FaultyProvider.Taken;
import io.parley.settings.ProviderSettings;
import io.parley.store.delivery.DeliveryFixture;
import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestStore;
import io.parley.timeline.DeliveryState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two dispatchers on one database and a provider that fails at random. The provider's ledger is the
 * oracle: no message is lost or repeated, and messages to one recipient keep their order.
 */
@Tag("fault")
class DispatchFaultsTest {
  private static final RetrySchedule SOON =
      new RetrySchedule(Duration.ofMillis(20), Duration.ofMillis(200), 1_000);
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final String url = TestDatabase.durable().url();
  private DeliveryFixture mail;
  private TestStore one;
  private TestStore two;

  @BeforeEach
  void open() {
    System.out.println("seed " + seed + " (-Dseed)");
    mail = new DeliveryFixture(url);
    one = new TestStore(url);
    two = new TestStore(url);
  }

  @AfterEach
  void close() {
    one.close();
    two.close();
    TimelineInvariants.check(url);
    mail.close();
  }

  private static void dispatch(TestStore store, ProviderSettings... providers) {
    store.deploy(
        new DispatchVerticle(
            List.of(providers),
            ProviderKinds.builtIn(),
            store.bus(),
            ProviderListener.none(),
            SOON));
  }

  private void eventually(String what, Await.Condition condition) {
    Await.until(
        () ->
            "%s; seed %d; %s"
                .formatted(
                    what,
                    seed,
                    mail.rows("select state, error_code, count(*) from delivery group by 1, 2")),
        LIMIT,
        condition);
  }

  private boolean isAllOver() {
    return mail.one("select count(*) from outbox").equals("0");
  }

  private void assertExactlyOnceInOrder(List<Taken> taken, int messages) {
    Set<String> references = new HashSet<>();
    Map<String, Integer> last = new HashMap<>();
    for (Taken each : taken) {
      assertThat(references.add(each.reference()))
          .describedAs("delivery %s is there twice; seed %d", each.reference(), seed)
          .isTrue();
      int seq = Integer.parseInt(each.body().substring("body ".length()));
      assertThat(seq)
          .describedAs("order of %s; seed %d", each.to(), seed)
          .isEqualTo(last.getOrDefault(each.to(), 0) + 1);
      last.put(each.to(), seq);
    }
    assertThat(references).describedAs("seed %d", seed).hasSize(messages);
  }

  @Test
  void messagesArriveOnceAndInOrder() {
    mail.write(200, 10);
    Random random = new Random(seed);
    Set<String> delivered = ConcurrentHashMap.newKeySet();
    try (FaultyProvider ledger = new FaultyProvider(seed)) {
      ledger.fail(
          Map.of(
              Fault.BROKEN,
              0.08,
              Fault.BUSY,
              0.05,
              Fault.RESET,
              0.04,
              Fault.DROP_REPLY,
              0.05,
              Fault.SILENCE,
              0.004));
      // news of the message comes before its answer, twice, by either node
      ledger.onTaken(
          taken -> {
            if (random.nextInt(4) == 0) {
              delivered.add(taken.reference());
              for (TestStore node : List.of(one, two)) {
                reportState(node, taken, DeliveryState.DELIVERED, random.nextBoolean());
                reportState(node, taken, DeliveryState.SENT, false);
              }
            }
          });
      dispatch(one, ledger.settings("p"));
      dispatch(two, ledger.settings("p"));
      eventually("all are over", this::isAllOver);
      assertExactlyOnceInOrder(ledger.taken(), 2_000);
      eventually(
          "all callbacks are applied",
          () ->
              mail.one("select count(*) from delivery where state = 'delivered'")
                  .equals(Integer.toString(delivered.size())));
      assertThat(mail.one("select count(*) from delivery where state not in ('sent', 'delivered')"))
          .isEqualTo("0");
    }
  }

  private static void reportState(
      TestStore node, Taken taken, DeliveryState state, boolean byNumber) {
    ReceiveStatus status =
        new ReceiveStatus(
            "p",
            taken.id(),
            byNumber ? OptionalLong.of(Long.parseLong(taken.reference())) : OptionalLong.empty(),
            state,
            Optional.empty(),
            Optional.empty());
    node.ask(DispatchVerbs.RECEIVE_STATUS, status).onFailure(Throwable::printStackTrace);
  }

  @Test
  void aTotalOutageCostsAtMostATenthOfAnAttemptPerMessage() {
    mail.write(500, 1);
    List<ProviderStatus> changes = new CopyOnWriteArrayList<>();
    one.bus().subscribe(ProviderStatus.TOPIC, changes::add);
    try (FaultyProvider ledger = new FaultyProvider(seed)) {
      ledger.fail(Map.of(Fault.BROKEN, 1.0));
      long began = System.nanoTime();
      dispatch(one, ledger.settings("p"));
      eventually("the breaker opens", () -> !changes.isEmpty());
      // two seconds on a machine of its own
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      eventually(
          "it was tried again three times",
          () -> changes.stream().filter(each -> each.breaker() == BreakerState.OPEN).count() >= 3);
      ledger.fail(Map.of());
      eventually("all are over", this::isAllOver);
      assertExactlyOnceInOrder(ledger.taken(), 500);
      assertThat(ledger.requests()).isLessThanOrEqualTo(550);
      assertThat(changes.getLast().breaker()).isEqualTo(BreakerState.CLOSED);
    }
  }

  @Test
  void aProviderThatNeverAnswersIsRarelyTried() {
    mail.write(200, 1);
    List<ProviderStatus> changes = new CopyOnWriteArrayList<>();
    one.bus().subscribe(ProviderStatus.TOPIC, changes::add);
    try (FaultyProvider ledger = new FaultyProvider(seed)) {
      ledger.fail(Map.of(Fault.SILENCE, 1.0));
      dispatch(one, ledger.settings("p"));
      eventually(
          "the breaker opens and two probes fail",
          () -> changes.stream().filter(each -> each.breaker() == BreakerState.OPEN).count() >= 3);
      assertThat(Integer.parseInt(mail.one("select sum(attempts) from delivery"))).isBetween(5, 20);
    }
  }

  @Test
  void theSecondProviderTakesOverExceptWhatTheFirstMayHaveSent() {
    mail.write(300, 1);
    try (FaultyProvider first = new FaultyProvider(seed);
        FaultyProvider second = new FaultyProvider(seed + 1)) {
      first.fail(Map.of(Fault.DROP_REPLY, 1.0));
      dispatch(one, first.settings("first"), second.settings("second"));
      eventually(
          "all but those the first may have are over",
          () ->
              mail.one("select count(*) from outbox where bound_to is distinct from 'first'")
                  .equals("0"));
      int bound = Integer.parseInt(mail.one("select count(*) from outbox"));
      assertThat(bound).isPositive();
      first.fail(Map.of());
      eventually("all are over", this::isAllOver);
      List<Taken> both = new ArrayList<>(first.taken());
      both.addAll(second.taken());
      assertExactlyOnceInOrder(both, 300);
      assertThat(second.taken()).hasSizeGreaterThan(200);
    }
  }

  @Test
  void aStoppingNodeReleasesItsLeases() {
    mail.write(300, 3);
    try (FaultyProvider ledger = new FaultyProvider(seed)) {
      try (TestStore leaving = new TestStore(url)) {
        dispatch(leaving, ledger.settings("p"));
        eventually("it has begun", () -> ledger.taken().size() > 50);
      }
      assertThat(mail.one("select count(*) from outbox where leased_until is not null"))
          .isEqualTo("0");
      assertThat(mail.one("select sum(unknown) from delivery")).isEqualTo("0");
      dispatch(one, ledger.settings("p"));
      eventually("all are over", this::isAllOver);
      assertExactlyOnceInOrder(ledger.taken(), 900);
    }
  }
}
