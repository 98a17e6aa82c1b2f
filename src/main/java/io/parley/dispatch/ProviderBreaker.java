package io.parley.dispatch;

import io.parley.channel.BreakerState;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The circuit breaker of one provider. It opens when its caller says so, never by a count of its
 * own, and never retries. While it is open nothing passes; then one probe at a time, after pauses
 * that grow with each probe that fails. Confined to one event loop.
 */
final class ProviderBreaker {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderBreaker.class);
  private static final long FIRST_PROBE_PAUSE_MS = 1_000;
  private static final long MAX_PROBE_PAUSE_MS = 5_000;

  private final String provider;
  private final CircuitBreaker breaker;
  private final Consumer<BreakerState> onChange;
  private long nextProbeAtMs;
  private int openings;
  private String openReason = "";

  /**
   * Creates a closed breaker.
   *
   * @param attemptTimeout after which it gives up an attempt; longer than the provider's own, so
   *     that the provider reports the cause
   */
  ProviderBreaker(
      Vertx vertx, String provider, Duration attemptTimeout, Consumer<BreakerState> onChange) {
    this.provider = provider;
    this.onChange = onChange;
    this.breaker =
        CircuitBreaker.create(
                provider,
                vertx,
                new CircuitBreakerOptions()
                    .setMaxRetries(0)
                    .setMaxFailures(Integer.MAX_VALUE)
                    .setTimeout(attemptTimeout.toMillis())
                    .setResetTimeout(FIRST_PROBE_PAUSE_MS))
            .openHandler(opened -> opened())
            .halfOpenHandler(half -> halfOpened())
            .closeHandler(closed -> closed());
  }

  BreakerState state() {
    return switch (breaker.state()) {
      case CLOSED -> BreakerState.CLOSED;
      case OPEN -> BreakerState.OPEN;
      case HALF_OPEN -> BreakerState.HALF_OPEN;
    };
  }

  /** Time until the next probe, in milliseconds; 0 or less if none is waited for. */
  long msUntilProbe(long nowMs) {
    return state() == BreakerState.HALF_OPEN ? nextProbeAtMs - nowMs : 0;
  }

  /** The result of {@code attempt}, unless the breaker is open or it takes too long. */
  <T> Future<T> execute(Supplier<Future<T>> attempt) {
    return breaker.execute(attempt);
  }

  void open(String reason) {
    openReason = reason;
    breaker.open();
  }

  void close() {
    breaker.close();
  }

  private void opened() {
    openings++;
    long pause = FIRST_PROBE_PAUSE_MS << Math.min(openings - 1, 10);
    long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    nextProbeAtMs = nowMs + Math.min(MAX_PROBE_PAUSE_MS, pause);
    // a failed probe opens it again, which is no news
    LOG.atLevel(openings == 1 ? Level.WARN : Level.DEBUG)
        .addKeyValue("provider", provider)
        .addKeyValue("reason", openReason)
        .log("Circuit breaker opened");
    onChange.accept(BreakerState.OPEN);
  }

  private void halfOpened() {
    LOG.atDebug().addKeyValue("provider", provider).log("Circuit breaker probes");
    onChange.accept(BreakerState.HALF_OPEN);
  }

  private void closed() {
    openings = 0;
    LOG.atInfo().addKeyValue("provider", provider).log("Circuit breaker closed");
    onChange.accept(BreakerState.CLOSED);
  }
}
