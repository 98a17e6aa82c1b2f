package io.parley.dispatch;

import io.parley.channel.BreakerState;
import io.parley.channel.Channel;
import io.parley.channel.Outcome;
import io.parley.channel.OutgoingMessage;
import io.parley.channel.ProviderEntry;
import io.parley.flow.TokenBucket;
import io.parley.settings.ProviderSettings;
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
 * A provider behind its breaker and its limits. Confined to the event loop of its verticle.
 *
 * <p>The breaker opens by {@link FailureWindow}, not by its own count, and never retries. What a
 * provider refuses or asks to wait for is a value to it: only trouble counts. Its time-out is
 * longer than the provider's own, so that the cause is the provider's to tell. While it is open
 * nobody is asked; then one message at a time is, after pauses that grow.
 *
 * <p>A provider that takes requests and says nothing opens it by {@link StallDetector}, before the
 * first of them times out.
 *
 * <p>Begins gently: two at a time, one more for each that went well. So an outage that was there
 * before us costs five attempts, and a provider that comes back is not run over.
 */
final class GuardedProvider implements DispatchTarget {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedProvider.class);
  private static final long HALF_OPEN_AFTER_MS = 1_000;
  private static final long LONGEST_PROBE_PAUSE_MS = 5_000;
  private static final long GRACE_MS = 2_000;
  private static final long IDLE_MS = 10_000;
  private static final long LOOK_MS = 250;
  private static final int GENTLE = 2;
  private static final double RETRIES_PER_SECOND = 10;
  private static final double RETRIES_SAVED = 100;
  private static final double RETRIES_FOR_EACH_SENT = 0.2;

  /** Tells a breaker of trouble, and keeps what it was. */
  private static final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    Trouble(Outcome outcome) {
      super(outcome.word(), null, false, false);
      this.outcome = outcome;
    }
  }

  private final Vertx vertx;
  private final ProviderSettings settings;
  private final Provider provider;
  private final CircuitBreaker breaker;
  private final ProviderListener listener;
  private final FailureWindow pulse = new FailureWindow();
  private final StallDetector silence = new StallDetector();
  private final ProviderStats book = new ProviderStats();
  private final TokenBucket rate;
  private final TokenBucket retries;
  private Consumer<BreakerState> whenChanged = state -> {};
  private int window = GENTLE;
  private int asking;
  private long askedAtMs;
  private long pausedUntilMs;
  private long probeAtMs;
  private int openings;
  private boolean looking;

  GuardedProvider(
      Vertx vertx, ProviderSettings settings, Provider provider, ProviderListener listener) {
    this.vertx = vertx;
    this.settings = settings;
    this.provider = provider;
    this.listener = listener;
    this.rate = new TokenBucket(settings.rate(), Math.max(1, settings.rate() / 10.0), nowMs());
    this.retries = new TokenBucket(RETRIES_PER_SECOND, RETRIES_SAVED, nowMs());
    this.breaker =
        CircuitBreaker.create(
                settings.name(),
                vertx,
                new CircuitBreakerOptions()
                    .setMaxRetries(0)
                    .setMaxFailures(Integer.MAX_VALUE)
                    .setTimeout(patience().toMillis())
                    .setResetTimeout(HALF_OPEN_AFTER_MS))
            .openHandler(opened -> opened())
            .halfOpenHandler(half -> changed(BreakerState.HALF_OPEN))
            .closeHandler(closed -> closed());
  }

  /** Tells of every change of the breaker. */
  void onChange(Consumer<BreakerState> listening) {
    whenChanged = listening;
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
  public Duration patience() {
    return settings.timeout().plusMillis(GRACE_MS);
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
  public int room() {
    long now = nowMs();
    if (asking == 0 && now - askedAtMs > IDLE_MS) {
      window = Math.min(window, GENTLE * 4);
    }
    int most =
        switch (breaker()) {
          case OPEN -> 0;
          case HALF_OPEN -> now >= probeAtMs ? 1 : 0;
          case CLOSED -> Math.min(window, settings.concurrency());
        };
    return now < pausedUntilMs ? 0 : Math.min(Math.max(0, most - asking), rate.available(now));
  }

  @Override
  public long msUntilRoom() {
    long now = nowMs();
    long probe = breaker() == BreakerState.HALF_OPEN ? probeAtMs - now : 0;
    return Math.max(Math.max(probe, pausedUntilMs - now), rate.msUntilOne(now));
  }

  @Override
  public boolean mayRetry() {
    return retries.take(nowMs());
  }

  @Override
  public Future<Optional<Outcome>> ask(OutgoingMessage message, boolean retry) {
    long began = System.nanoTime();
    if (breaker.state() == CircuitBreakerState.OPEN || !rate.take(nowMs())) {
      return Future.succeededFuture(Optional.empty());
    }
    asking++;
    askedAtMs = nowMs();
    silence.asked(askedAtMs);
    lookLater();
    return breaker
        .execute(() -> send(message))
        .map(Optional::of)
        .recover(GuardedProvider::inVain)
        .onComplete((outcome, bug) -> asking--)
        .onSuccess(outcome -> heard(outcome, System.nanoTime() - began))
        .onSuccess(
            outcome -> outcome.ifPresent(told -> note(told, retry, System.nanoTime() - began)));
  }

  private void heard(Optional<Outcome> outcome, long nanos) {
    outcome.ifPresentOrElse(
        told -> silence.ended(nowMs(), nanos / 1e6, told), () -> silence.givenUp(nowMs()));
  }

  private void lookLater() {
    if (!looking) {
      looking = true;
      vertx.setTimer(LOOK_MS, fired -> look());
    }
  }

  private void look() {
    looking = false;
    if (breaker.state() == CircuitBreakerState.CLOSED && silence.isTooLong(nowMs())) {
      breaker.open();
    } else if (asking > 0) {
      lookLater();
    }
  }

  private Future<Outcome> send(OutgoingMessage message) {
    Future<Outcome> answer;
    try {
      answer = provider.send(message);
    } catch (RuntimeException bug) {
      answer = Future.failedFuture(bug);
    }
    return answer
        .otherwise(this::unexpected)
        .compose(
            outcome ->
                outcome.isTrouble()
                    ? Future.failedFuture(new Trouble(outcome))
                    : Future.succeededFuture(outcome));
  }

  private Outcome unexpected(Throwable bug) {
    LOG.atError().setCause(bug).addKeyValue("provider", name()).log("a provider failed");
    return new Outcome.Unknown("bug", "the provider's adapter failed");
  }

  private static Future<Optional<Outcome>> inVain(Throwable failure) {
    return Future.succeededFuture(
        switch (failure) {
          case Trouble trouble -> Optional.of(trouble.outcome);
          case OpenCircuitException open -> Optional.empty();
          default -> Optional.of(new Outcome.Unknown("timeout", "no answer in time"));
        });
  }

  private void note(Outcome outcome, boolean retry, long nanos) {
    book.note(outcome, retry, nanos / 1e6);
    listener.asked(name(), outcome.word(), nanos);
    if (outcome instanceof Outcome.Sent) {
      window = Math.min(settings.concurrency(), window + 1);
      retries.add(RETRIES_FOR_EACH_SENT);
    }
    // what was asked for before still counts
    outcome
        .pause()
        .ifPresent(pause -> pausedUntilMs = Math.max(pausedUntilMs, nowMs() + pause.toMillis()));
    if (outcome.isTrouble()) {
      window = Math.max(GENTLE, window / 2);
    }
    boolean broken = pulse.felt(outcome.isTrouble());
    if (broken && breaker.state() == CircuitBreakerState.CLOSED) {
      breaker.open();
    }
  }

  private void opened() {
    openings++;
    long pause = HALF_OPEN_AFTER_MS << Math.min(openings - 1, 10);
    probeAtMs = nowMs() + Math.min(LONGEST_PROBE_PAUSE_MS, pause);
    window = GENTLE;
    changed(BreakerState.OPEN);
  }

  private void closed() {
    openings = 0;
    pulse.reset();
    changed(BreakerState.CLOSED);
  }

  private void changed(BreakerState state) {
    // a probe in vain is no news
    Level level =
        switch (state) {
          case OPEN -> openings == 1 ? Level.WARN : Level.DEBUG;
          case HALF_OPEN -> Level.DEBUG;
          case CLOSED -> Level.INFO;
        };
    LOG.atLevel(level)
        .addKeyValue("provider", name())
        .addKeyValue("breaker", state.text())
        .log("a provider's breaker changed");
    listener.changed(name(), state);
    whenChanged.accept(state);
  }

  ProviderEntry entry() {
    return new ProviderEntry(
        name(),
        route(),
        breaker(),
        book.sent,
        book.failed,
        book.retried,
        book.errorRate(),
        book.latencyMs());
  }

  void close() {
    breaker.close();
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }
}
