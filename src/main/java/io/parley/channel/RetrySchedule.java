package io.parley.channel;

import java.time.Duration;

/**
 * When to ask again: any moment up to a bound that doubles with every attempt. The full width is
 * random, so that what failed together does not come back together.
 *
 * @param attempts after so many without an answer that counts, a delivery has failed
 */
public record RetrySchedule(Duration first, Duration longest, int attempts) {
  public static final RetrySchedule USUAL =
      new RetrySchedule(Duration.ofSeconds(1), Duration.ofMinutes(5), 12);

  private static final int MOST_DOUBLINGS = 30;

  public RetrySchedule {
    if (first.toMillis() < 1 || longest.compareTo(first) < 0 || attempts < 1) {
      throw new IllegalArgumentException(
          "not a schedule: " + first + " to " + longest + ", " + attempts);
    }
  }

  /**
   * The pause after so many attempts.
   *
   * @param chance from 0, inclusive, to 1
   */
  public Duration after(int attempt, double chance) {
    int doublings = Math.clamp(attempt - 1L, 0, MOST_DOUBLINGS);
    double bound = Math.min((double) longest.toMillis(), first.toMillis() * Math.pow(2, doublings));
    return Duration.ofMillis((long) (bound * chance));
  }
}
