package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Attempt;
import io.parley.channel.BreakerState;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.settings.ProviderSettings;
import io.parley.testing.Await;
import io.parley.timeline.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The breaker and the limits, with the real breaker and its real timers. */
@Tag("fast")
class GuardedProviderTest {
  private static final OutgoingMessage MESSAGE =
      new OutgoingMessage(
          1, 0, Channel.SMS, "a", "b", Optional.empty(), "x", List.of(), Instant.EPOCH);
  private static final Outcome BROKEN = new Outcome.Unavailable("http_500", "broken");

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();
  private final AtomicInteger calls = new AtomicInteger();
  private final BlockingQueue<BreakerState> changes = new LinkedBlockingQueue<>();
  private volatile Supplier<Future<Outcome>> answer =
      () -> Future.succeededFuture(new Outcome.Sent("r"));
  private final GuardedProvider provider = guarded(0);

  private GuardedProvider guarded(int rate) {
    ProviderSettings settings =
        new ProviderSettings("p", "json", false, "http://x", 8, rate, Duration.ofMillis(50));
    return on(
        () -> {
          GuardedProvider made =
              new GuardedProvider(
                  vertx,
                  settings,
                  (message, transcript) -> {
                    calls.incrementAndGet();
                    return answer.get();
                  },
                  ProviderListener.none(),
                  () -> 1);
          made.onBreakerChange(changes::add);
          return Future.succeededFuture(made);
        });
  }

  @AfterEach
  void close() {
    on(vertx::close);
  }

  private <T> T on(Supplier<Future<T>> work) {
    Promise<T> done = Promise.promise();
    context.runOnContext(run -> work.get().onComplete(done));
    try {
      return done.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<Outcome> asked() {
    return on(() -> provider.send(MESSAGE, false)).map(Attempt::outcome);
  }

  private int capacity() {
    return on(() -> Future.succeededFuture(provider.capacity()));
  }

  private void answers(Outcome outcome) {
    answer = () -> Future.succeededFuture(outcome);
  }

  private void broken() {
    answers(BROKEN);
    for (int i = 0; i < 5; i++) {
      assertThat(asked()).contains(BROKEN);
    }
  }

  private BreakerState change() throws InterruptedException {
    return changes.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void refusalsAndRequestsToWaitNeverOpenTheBreaker() {
    for (int i = 0; i < 50; i++) {
      answers(new Outcome.Refused("c", "m"));
      assertThat(asked()).contains(new Outcome.Refused("c", "m"));
    }
    answers(new Outcome.Throttled(Optional.empty()));
    for (int i = 0; i < 6; i++) {
      Await.until("it may be asked again", () -> capacity() > 0);
      assertThat(asked()).isPresent();
    }
    assertThat(provider.breaker()).isEqualTo(BreakerState.CLOSED);
  }

  @Test
  void aProviderThatKeepsThrottlingIsAskedLessAndLess() {
    answers(new Outcome.Throttled(Optional.empty()));
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    while (System.nanoTime() < end) {
      asked();
    }
    assertThat(calls.get()).isBetween(4, 10);
    assertThat(on(() -> Future.succeededFuture(provider.msUntilCapacity()))).isPositive();
  }

  @Test
  void throttledAttemptsDoNotUseTheRetryBudget() {
    int before = on(() -> Future.succeededFuture(provider.retryBudget()));
    answers(new Outcome.Throttled(Optional.of(Duration.ofMillis(1))));
    for (int i = 0; i < 30; i++) {
      Await.until("it may be asked again", () -> capacity() > 0);
      assertThat(on(() -> provider.send(MESSAGE, true))).isPresent();
    }
    assertThat(on(() -> Future.succeededFuture(provider.retryBudget()))).isEqualTo(before);
    answers(new Outcome.Refused("c", "m"));
    Await.until("it may be asked again", () -> capacity() > 0);
    assertThat(on(() -> provider.send(MESSAGE, true))).isPresent();
    assertThat(on(() -> Future.succeededFuture(provider.retryBudget()))).isLessThan(before);
  }

  @Test
  void whileItIsOpenNothingReachesTheProvider() throws InterruptedException {
    broken();
    assertThat(change()).isEqualTo(BreakerState.OPEN);
    int before = calls.get();
    assertThat(capacity()).isZero();
    for (int i = 0; i < 20; i++) {
      assertThat(asked()).isEmpty();
    }
    assertThat(calls).hasValue(before);
  }

  @Test
  void itIsTriedAgainByOneMessageAtATimeAndClosesWhenThatWorks() throws InterruptedException {
    broken();
    assertThat(change()).isEqualTo(BreakerState.OPEN);
    assertThat(change()).isEqualTo(BreakerState.HALF_OPEN);
    Promise<Outcome> probe = Promise.promise();
    answer = probe::future;
    int before = calls.get();
    Future<Optional<Attempt>> first =
        on(() -> Future.succeededFuture(provider.send(MESSAGE, true)));
    assertThat(capacity()).isZero();
    assertThat(asked()).isEmpty();
    assertThat(calls).hasValue(before + 1);
    probe.complete(new Outcome.Sent("r"));
    assertThat(on(() -> first).map(Attempt::outcome)).contains(new Outcome.Sent("r"));
    assertThat(change()).isEqualTo(BreakerState.CLOSED);
    assertThat(capacity()).isPositive();
  }

  @Test
  void aProbeInVainOpensItAgainForLonger() throws InterruptedException {
    broken();
    assertThat(change()).isEqualTo(BreakerState.OPEN);
    assertThat(change()).isEqualTo(BreakerState.HALF_OPEN);
    assertThat(asked()).contains(BROKEN);
    assertThat(change()).isEqualTo(BreakerState.OPEN);
    assertThat(change()).isEqualTo(BreakerState.HALF_OPEN);
    assertThat(capacity()).isZero();
    assertThat(on(() -> Future.succeededFuture(provider.msUntilCapacity()))).isPositive();
  }

  @Test
  void aProviderThatNeverAnswersIsNotWaitedForForever() {
    answer = () -> Promise.<Outcome>promise().future();
    assertThat(asked()).get().isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void aProviderThatSaysNothingIsLeftAloneWithinTwoSeconds() throws InterruptedException {
    answer = () -> Promise.<Outcome>promise().future();
    long began = System.nanoTime();
    for (int i = 0; i < 2; i++) {
      assertThat(on(() -> Future.succeededFuture(provider.send(MESSAGE, false)))).isNotNull();
    }
    assertThat(change()).isEqualTo(BreakerState.OPEN);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void anAdapterThatFailsIsNotKnowing() {
    answer =
        () -> {
          throw new IllegalStateException("a bug");
        };
    assertThat(asked()).get().isInstanceOf(Outcome.Unknown.class);
    answer = () -> Future.failedFuture("another");
    assertThat(asked()).get().isInstanceOf(Outcome.Unknown.class);
  }

  @Test
  void whoAsksToWaitIsLeftAlone() {
    answers(new Outcome.Throttled(Optional.of(Duration.ofMinutes(1))));
    assertThat(asked()).isPresent();
    assertThat(capacity()).isZero();
    assertThat(on(() -> Future.succeededFuture(provider.msUntilCapacity()))).isGreaterThan(50_000);
  }

  @Test
  void whatItAskedForBeforeStillCounts() {
    Promise<Outcome> later = Promise.promise();
    answer = later::future;
    Future<Optional<Attempt>> second =
        on(() -> Future.succeededFuture(provider.send(MESSAGE, false)));
    answers(new Outcome.Throttled(Optional.of(Duration.ofMinutes(1))));
    assertThat(asked()).isPresent();
    later.complete(new Outcome.Throttled(Optional.of(Duration.ofSeconds(1))));
    assertThat(on(() -> second)).isPresent();
    assertThat(capacity()).isZero();
    assertThat(on(() -> Future.succeededFuture(provider.msUntilCapacity()))).isGreaterThan(50_000);
  }

  @Test
  void anOutageThatSaysHowLongItTakesIsLeftAloneForThat() {
    answers(new Outcome.Unavailable("http_503", "down", Optional.of(Duration.ofMinutes(1))));
    assertThat(asked()).isPresent();
    assertThat(capacity()).isZero();
    assertThat(on(() -> Future.succeededFuture(provider.msUntilCapacity()))).isGreaterThan(50_000);
  }

  @Test
  void itBeginsGentlyAndGoesUpToItsBound() {
    assertThat(capacity()).isEqualTo(2);
    for (int i = 0; i < 3; i++) {
      assertThat(asked()).isPresent();
    }
    assertThat(capacity()).isEqualTo(5);
    for (int i = 0; i < 20; i++) {
      assertThat(asked()).isPresent();
    }
    assertThat(capacity()).isEqualTo(8);
  }

  @Test
  void itsRateIsKept() {
    GuardedProvider limited = guarded(10);
    int taken = 0;
    for (int i = 0; i < 10; i++) {
      taken += on(() -> limited.send(MESSAGE, false)).isPresent() ? 1 : 0;
    }
    assertThat(taken).isBetween(1, 3);
  }
}
