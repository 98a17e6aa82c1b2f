package io.parley.dispatch;

import io.parley.channel.BreakerState;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.ProviderEntry;
import io.parley.flow.TokenBucket;
import io.parley.settings.ProviderSettings;
import io.parley.timeline.Channel;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A provider behind its circuit breaker and its limits. Confined to the event loop of its verticle.
 *
 * <p>{@link FailureWindow} and {@link StallDetector} decide when the breaker opens, not the
 * breaker's own count, and it never retries. A refusal or a request to wait is a value: only an
 * outage counts as failure. The breaker's time-out is longer than the provider's own, so that the
 * provider reports the cause. While the breaker is open nothing is sent; then one probe at a time,
 * after pauses that grow.
 *
 * <p>{@link ConcurrencyWindow} makes it start slowly: an outage that began before us costs five
 * attempts, and a provider that recovers is not overrun.
 */
final class GuardedProvider implements DispatchTarget {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedProvider.class);
  private static final long FIRST_PROBE_PAUSE_MS = 1_000;
  private static final long MAX_PROBE_PAUSE_MS = 5_000;
  private static final long TIMEOUT_MARGIN_MS = 2_000;
  private static final long STALL_CHECK_MS = 250;
  private static final double RETRIES_PER_SECOND = 10;
  private static final double MAX_SAVED_RETRIES = 100;
  private static final double RETRIES_PER_SUCCESS = 0.2;

  /** Carries an outcome that counts as failure through the breaker. */
  private static final class FailedAttempt extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    FailedAttempt(Outcome outcome) {
      super(outcome.word(), null, false, false);
      this.outcome = outcome;
    }
  }

  private final Vertx vertx;
  private final ProviderSettings settings;
  private final Provider provider;
  private final CircuitBreaker breaker;
  private final ProviderListener listener;
  private final FailureWindow failures = new FailureWindow();
  private final StallDetector stall = new StallDetector();
  private final ProviderStats stats = new ProviderStats();
  private final ConcurrencyWindow window;
  private final TokenBucket rate;
  private final TokenBucket retries;
  private Consumer<BreakerState> onBreakerChange = state -> {};
  private int inFlight;
  private long pausedUntilMs;
  private long nextProbeAtMs;
  private int openings;
  private String openReason = "";
  private boolean stallCheckScheduled;

  GuardedProvider(
      Vertx vertx, ProviderSettings settings, Provider provider, ProviderListener listener) {
    this.vertx = vertx;
    this.settings = settings;
    this.provider = provider;
    this.listener = listener;
    this.window = new ConcurrencyWindow(settings.concurrency());
    this.rate = new TokenBucket(settings.rate(), Math.max(1, settings.rate() / 10.0), nowMs());
    this.retries = new TokenBucket(RETRIES_PER_SECOND, MAX_SAVED_RETRIES, nowMs());
    this.breaker =
        CircuitBreaker.create(
                settings.name(),
                vertx,
                new CircuitBreakerOptions()
                    .setMaxRetries(0)
                    .setMaxFailures(Integer.MAX_VALUE)
                    .setTimeout(attemptTimeout().toMillis())
                    .setResetTimeout(FIRST_PROBE_PAUSE_MS))
            .openHandler(opened -> opened())
            .halfOpenHandler(half -> breakerChanged(BreakerState.HALF_OPEN))
            .closeHandler(closed -> closed());
  }

  /** Calls {@code action} on every change of the breaker. */
  void onBreakerChange(Consumer<BreakerState> action) {
    onBreakerChange = action;
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public Channel route() {
    return settings.email() ? Channel.EMAIL : Channel.SMS;
  }

  @Override
  public Duration attemptTimeout() {
    return settings.timeout().plusMillis(TIMEOUT_MARGIN_MS);
  }

  @Override
  public BreakerState breaker() {
    return switch (breaker.state()) {
      case CLOSED -> BreakerState.CLOSED;
      case OPEN -> BreakerState.OPEN;
      case HALF_OPEN -> BreakerState.HALF_OPEN;
    };
  }

  @Override
  public int capacity() {
    long now = nowMs();
    int allowed =
        switch (breaker()) {
          case OPEN -> 0;
          case HALF_OPEN -> now >= nextProbeAtMs ? 1 : 0;
          case CLOSED -> window.size(inFlight, now);
        };
    return now < pausedUntilMs ? 0 : Math.min(Math.max(0, allowed - inFlight), rate.available(now));
  }

  @Override
  public long msUntilCapacity() {
    long now = nowMs();
    long probe = breaker() == BreakerState.HALF_OPEN ? nextProbeAtMs - now : 0;
    return Math.max(Math.max(probe, pausedUntilMs - now), rate.msUntilOne(now));
  }

  @Override
  public boolean tryTakeRetry() {
    return retries.take(nowMs());
  }

  @Override
  public Future<Optional<Outcome>> send(OutgoingMessage message, boolean retry) {
    long began = System.nanoTime();
    if (breaker.state() == CircuitBreakerState.OPEN || !rate.take(nowMs())) {
      return Future.succeededFuture(Optional.empty());
    }
    inFlight++;
    window.used(nowMs());
    stall.requestSent(nowMs());
    scheduleStallCheck();
    return breaker
        .execute(() -> attempt(message))
        .map(Optional::of)
        .recover(GuardedProvider::outcomeOf)
        .onComplete((outcome, bug) -> inFlight--)
        .onSuccess(outcome -> record(outcome, retry, System.nanoTime() - began));
  }

  private Future<Outcome> attempt(OutgoingMessage message) {
    Future<Outcome> answer;
    try {
      answer = provider.send(message);
    } catch (RuntimeException bug) {
      answer = Future.failedFuture(bug);
    }
    return answer
        .otherwise(this::bugInAdapter)
        .compose(
            outcome ->
                outcome.isTrouble()
                    ? Future.failedFuture(new FailedAttempt(outcome))
                    : Future.succeededFuture(outcome));
  }

  private Outcome bugInAdapter(Throwable bug) {
    LOG.atError().setCause(bug).addKeyValue("provider", name()).log("Provider adapter failed");
    return new Outcome.Unknown("bug", "The provider's adapter failed.");
  }

  private static Future<Optional<Outcome>> outcomeOf(Throwable failure) {
    return Future.succeededFuture(
        switch (failure) {
          case FailedAttempt attempt -> Optional.of(attempt.outcome);
          case OpenCircuitException open -> Optional.empty();
          default -> Optional.of(new Outcome.Unknown("timeout", "No answer in time."));
        });
  }

  private void record(Optional<Outcome> outcome, boolean retry, long nanos) {
    outcome.ifPresentOrElse(
        known -> {
          stall.ended(nowMs(), nanos / 1e6, known);
          record(known, retry, nanos);
        },
        () -> stall.abandoned(nowMs()));
  }

  private void record(Outcome outcome, boolean retry, long nanos) {
    stats.record(outcome, retry, nanos / 1e6);
    listener.attempted(name(), outcome.word(), nanos);
    if (outcome instanceof Outcome.Sent) {
      window.grow();
      retries.add(RETRIES_PER_SUCCESS);
    }
    // a shorter pause never cuts short one that was asked for before
    outcome
        .pause()
        .ifPresent(pause -> pausedUntilMs = Math.max(pausedUntilMs, nowMs() + pause.toMillis()));
    if (outcome.isTrouble()) {
      window.halve();
    }
    boolean broken = failures.record(outcome.isTrouble());
    if (broken && breaker.state() == CircuitBreakerState.CLOSED) {
      open(failures.reason() + ", last: " + outcome.reason());
    }
  }

  private void scheduleStallCheck() {
    if (!stallCheckScheduled) {
      stallCheckScheduled = true;
      vertx.setTimer(STALL_CHECK_MS, fired -> checkStall());
    }
  }

  private void checkStall() {
    stallCheckScheduled = false;
    if (breaker.state() == CircuitBreakerState.CLOSED && stall.isStalled(nowMs())) {
      open(stall.reason(nowMs()));
    } else if (inFlight > 0) {
      scheduleStallCheck();
    }
  }

  private void open(String reason) {
    openReason = reason;
    breaker.open();
  }

  private void opened() {
    openings++;
    long pause = FIRST_PROBE_PAUSE_MS << Math.min(openings - 1, 10);
    nextProbeAtMs = nowMs() + Math.min(MAX_PROBE_PAUSE_MS, pause);
    window.reset();
    breakerChanged(BreakerState.OPEN);
  }

  private void closed() {
    openings = 0;
    failures.reset();
    breakerChanged(BreakerState.CLOSED);
  }

  private void breakerChanged(BreakerState state) {
    switch (state) {
      case OPEN -> {
        // a failed probe opens it again, which is no news
        LOG.atLevel(openings == 1 ? Level.WARN : Level.DEBUG)
            .addKeyValue("provider", name())
            .addKeyValue("reason", openReason)
            .log("Circuit breaker opened");
      }
      case HALF_OPEN -> LOG.atDebug().addKeyValue("provider", name()).log("Circuit breaker probes");
      case CLOSED -> LOG.atInfo().addKeyValue("provider", name()).log("Circuit breaker closed");
    }
    listener.breakerChanged(name(), state);
    onBreakerChange.accept(state);
  }

  ProviderEntry entry() {
    return new ProviderEntry(
        name(),
        route(),
        breaker(),
        stats.sent(),
        stats.failed(),
        stats.retried(),
        stats.errorRate(),
        stats.latencyMs());
  }

  void close() {
    breaker.close();
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
