package io.parley.dispatch;

import io.parley.channel.Outcome;

/**
 * Whether a provider that takes requests and says nothing is broken, long before its time-outs say
 * so: several wait, and nobody was answered for much longer than answers lately took. A slow
 * provider looks like that once, until its first answers tell how slow it is. Time is an argument.
 */
final class StallDetector {
  private static final int SEVERAL = 2;
  private static final long LONG_MS = 1_500;
  private static final double LONGER_THAN_USUAL = 4;
  private static final double WEIGHT = 0.1;
  private static final long FORGOTTEN_MS = 5_000;
  private static final long NEVER = Long.MIN_VALUE;

  private int waiting;
  private double usualMs;
  private long quietSinceMs = NEVER;
  private long seenMs;

  void asked(long nowMs) {
    if (waiting == 0 && nowMs - seenMs > FORGOTTEN_MS) {
      quietSinceMs = NEVER;
    }
    waiting++;
    seenMs = nowMs;
    if (waiting >= SEVERAL && quietSinceMs == NEVER) {
      quietSinceMs = nowMs;
    }
  }

  /** It answered: anything at all, after so long. */
  void answered(long nowMs, double tookMs) {
    waiting--;
    seenMs = nowMs;
    usualMs = usualMs == 0 ? tookMs : usualMs + WEIGHT * (tookMs - usualMs);
    quietSinceMs = waiting >= SEVERAL ? nowMs : NEVER;
  }

  /** It did not answer, and is no longer waited for. */
  void givenUp(long nowMs) {
    waiting--;
    seenMs = nowMs;
  }

  void ended(long nowMs, double tookMs, Outcome outcome) {
    if (outcome instanceof Outcome.Unknown) {
      givenUp(nowMs);
    } else {
      answered(nowMs, tookMs);
    }
  }

  boolean isTooLong(long nowMs) {
    return waiting >= SEVERAL
        && nowMs - quietSinceMs > Math.max(LONG_MS, LONGER_THAN_USUAL * usualMs);
  }
}
