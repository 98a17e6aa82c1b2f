package io.parley.dispatch;

import io.parley.channel.Attempt;
import io.parley.channel.BreakerState;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.ProviderEntry;
import io.parley.settings.ProviderSettings;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * A provider behind its circuit breaker and its limits. Confined to the event loop of its verticle.
 *
 * <p>{@link FailureWindow} and {@link StallDetector} decide when the {@link ProviderBreaker} opens.
 * A refusal or a request to wait is a value: only an outage counts as failure.
 *
 * <p>{@link SendLimits} make it start slowly: an outage that began before us costs five attempts,
 * and a provider that recovers is not overrun.
 */
final class GuardedProvider implements DispatchTarget {
  private static final long TIMEOUT_MARGIN_MS = 2_000;
  private static final long STALL_CHECK_MS = 250;

  private final Vertx vertx;
  private final ProviderSettings settings;
  private final ProviderBreaker breaker;
  private final ProviderRequests requests;
  private final ProviderListener listener;
  private final FailureWindow failures = new FailureWindow();
  private final StallDetector stall = new StallDetector();
  private final ProviderStats stats = new ProviderStats();
  private final SendLimits limits;
  private Consumer<BreakerState> onBreakerChange = state -> {};
  private boolean stallCheckScheduled;

  GuardedProvider(
      Vertx vertx,
      ProviderSettings settings,
      Provider provider,
      ProviderListener listener,
      IntSupplier nodes) {
    this.vertx = vertx;
    this.settings = settings;
    this.listener = listener;
    this.limits = new SendLimits(settings.concurrency(), settings.rate(), nodes, nowMs());
    this.breaker = new ProviderBreaker(vertx, name(), attemptTimeout(), this::breakerChanged);
    this.requests = new ProviderRequests(settings.name(), provider, breaker);
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
    return breaker.state();
  }

  @Override
  public int capacity() {
    long now = nowMs();
    return switch (breaker()) {
      case OPEN -> 0;
      case HALF_OPEN -> breaker.msUntilProbe(now) <= 0 ? limits.capacity(1, now) : 0;
      case CLOSED -> limits.capacity(settings.concurrency(), now);
    };
  }

  @Override
  public long msUntilCapacity() {
    long now = nowMs();
    return Math.max(breaker.msUntilProbe(now), limits.msUntilCapacity(now));
  }

  @Override
  public int retryBudget() {
    return limits.retryBudget(nowMs());
  }

  @Override
  public long msUntilRetry() {
    return limits.msUntilRetry(nowMs());
  }

  @Override
  public Future<Optional<Attempt>> send(OutgoingMessage message, boolean retry) {
    if (breaker() == BreakerState.OPEN || !limits.begin(retry, nowMs())) {
      return Future.succeededFuture(Optional.empty());
    }
    Instant began = Instant.now();
    long beganNanos = System.nanoTime();
    Transcript transcript = new Transcript();
    stall.requestSent(nowMs());
    scheduleStallCheck();
    return requests
        .send(message, transcript)
        .map(
            outcome -> {
              note(outcome, retry, beganNanos, transcript);
              return outcome.map(known -> attempt(message, began, known, transcript));
            });
  }

  private Attempt attempt(
      OutgoingMessage message, Instant began, Outcome outcome, Transcript transcript) {
    return new Attempt(
        name(),
        message.redrive(),
        began,
        Instant.now(),
        outcome,
        transcript.status(),
        breaker(),
        transcript.request(),
        transcript.response());
  }

  private void note(
      Optional<Outcome> outcome, boolean retry, long beganNanos, Transcript transcript) {
    long now = nowMs();
    long nanos = System.nanoTime() - beganNanos;
    boolean answered =
        transcript.status().isPresent()
            || (outcome.isPresent() && !(outcome.get() instanceof Outcome.Unknown));
    if (answered) {
      stall.answered(now, nanos / 1e6);
    } else {
      stall.abandoned(now);
    }
    outcome.ifPresentOrElse(
        known -> {
          limits.ended(known, retry, TimeUnit.NANOSECONDS.toMillis(beganNanos), now);
          note(known, retry, nanos);
        },
        () -> limits.abandoned(retry));
  }

  private void note(Outcome outcome, boolean retry, long nanos) {
    stats.record(outcome, retry, nanos / 1e6);
    listener.attempted(name(), outcome.word(), nanos);
    boolean broken = failures.record(outcome.isTrouble());
    if (broken && breaker() == BreakerState.CLOSED) {
      breaker.open(failures.reason() + ", last: " + outcome.reason());
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
    if (breaker() == BreakerState.CLOSED && stall.isStalled(nowMs())) {
      breaker.open(stall.reason(nowMs()));
    } else if (limits.inFlight() > 0) {
      scheduleStallCheck();
    }
  }

  private void breakerChanged(BreakerState state) {
    switch (state) {
      case OPEN -> limits.reset();
      case HALF_OPEN -> {}
      case CLOSED -> failures.reset();
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
