package io.parley.channel;

import java.time.Duration;

/**
 * Exponential back-off with full jitter: a random pause between zero and a bound that doubles with
 * each attempt, so that deliveries which failed together do not retry together.
 *
 * @param attempts a delivery fails after this many failed attempts
 */
public record RetrySchedule(Duration first, Duration longest, int attempts) {
  public static final RetrySchedule DEFAULT =
      new RetrySchedule(Duration.ofSeconds(1), Duration.ofMinutes(5), 12);

  private static final int MAX_DOUBLINGS = 30;

  public RetrySchedule {
    if (first.toMillis() < 1 || longest.compareTo(first) < 0 || attempts < 1) {
      throw new IllegalArgumentException(
          "not a retry schedule: " + first + " to " + longest + ", " + attempts);
    }
  }

  /**
   * The pause after the given attempt.
   *
   * @param chance a random number from 0 (inclusive) to 1
   */
  public Duration after(int attempt, double chance) {
    int doublings = Math.clamp(attempt - 1L, 0, MAX_DOUBLINGS);
    double bound = Math.min((double) longest.toMillis(), first.toMillis() * Math.pow(2, doublings));
    return Duration.ofMillis((long) (bound * chance));
  }
}
