package io.parley.dispatch;

import io.parley.channel.Outcome;
import io.parley.flow.TokenBucket;
import java.time.Duration;
import java.util.function.IntSupplier;

/**
 * How many messages a provider may be sent: its rate and concurrency, the pauses that it asks for,
 * and the budget for retries. Nodes share the rate and the concurrency equally. Time is an
 * argument.
 *
 * <p>The budget keeps messages that failed from crowding out the others: ten a second, and one for
 * five that were accepted. An attempt that is answered with a request to wait does not use it,
 * because then the provider decides on the pace.
 */
final class SendLimits {
  private static final double RETRIES_PER_SECOND = 10;
  private static final double MAX_SAVED_RETRIES = 100;
  private static final double RETRIES_PER_SUCCESS = 0.2;

  private final int concurrency;
  private final IntSupplier nodes;
  private final ConcurrencyWindow window;
  private final ThrottlePause throttlePause = new ThrottlePause();
  private final TokenBucket rate;
  private final TokenBucket retries;
  private int inFlight;
  private long pausedUntilMs = Long.MIN_VALUE;

  /** {@code nodes}: how many nodes share them now. */
  SendLimits(int concurrency, int ratePerSecond, IntSupplier nodes, long nowMs) {
    this.concurrency = concurrency;
    this.nodes = nodes;
    this.window = new ConcurrencyWindow(concurrency);
    this.rate = new TokenBucket(ratePerSecond, Math.max(1, ratePerSecond / 10.0), nowMs);
    this.retries = new TokenBucket(RETRIES_PER_SECOND, MAX_SAVED_RETRIES, nowMs);
  }

  /** How many more may be sent, at most {@code max} at a time. */
  int capacity(int max, long nowMs) {
    if (nowMs < pausedUntilMs) {
      return 0;
    }
    int sharing = share(nowMs);
    int own = Math.max(1, concurrency / sharing);
    int allowed = Math.min(Math.min(max, own), window.size(inFlight, nowMs));
    return Math.min(Math.max(0, allowed - inFlight), rate.available(nowMs));
  }

  private int share(long nowMs) {
    int sharing = Math.max(1, nodes.getAsInt());
    rate.share(sharing, nowMs);
    return sharing;
  }

  long msUntilCapacity(long nowMs) {
    long pause = pausedUntilMs <= nowMs ? 0 : pausedUntilMs - nowMs;
    return Math.max(pause, rate.msUntilOne(nowMs));
  }

  int retryBudget(long nowMs) {
    return retries.available(nowMs);
  }

  long msUntilRetry(long nowMs) {
    return retries.msUntilOne(nowMs);
  }

  int inFlight() {
    return inFlight;
  }

  /** Takes a place for one message, unless the provider is not to be asked now. */
  boolean begin(boolean retry, long nowMs) {
    if (nowMs < pausedUntilMs || !rate.take(nowMs)) {
      return false;
    }
    if (retry) {
      retries.add(-1);
    }
    inFlight++;
    window.used(nowMs);
    return true;
  }

  /** The provider was not asked after all. */
  void abandoned(boolean retry) {
    inFlight--;
    refund(retry);
  }

  void ended(Outcome outcome, boolean retry, long sentAtMs, long nowMs) {
    inFlight--;
    switch (outcome) {
      case Outcome.Sent sent -> {
        window.grow();
        throttlePause.accepted();
        retries.add(RETRIES_PER_SUCCESS);
      }
      case Outcome.Throttled throttled -> {
        window.halve();
        refund(retry);
        if (throttled.retryAfter().filter(Duration::isPositive).isEmpty()) {
          pauseUntil(throttlePause.throttled(sentAtMs, nowMs));
        }
      }
      case Outcome.Refused refused -> {}
      case Outcome.Unavailable unavailable -> window.halve();
      case Outcome.Unknown unknown -> window.halve();
    }
    outcome.pause().ifPresent(pause -> pauseUntil(nowMs + pause.toMillis()));
  }

  private void refund(boolean retry) {
    if (retry) {
      retries.add(1);
    }
  }

  // a shorter pause never cuts short one that was asked for before
  private void pauseUntil(long untilMs) {
    pausedUntilMs = Math.max(pausedUntilMs, untilMs);
  }

  /** Starts slowly again. */
  void reset() {
    window.reset();
  }
}
