package io.parley.dispatch;

/**
 * Detects a provider that accepts requests and answers none, long before its time-outs would: at
 * least two requests wait, and the last answer is far older than the usual latency. A slow provider
 * can look stalled once, until its first answers show how slow it is. Time is an argument.
 */
final class StallDetector {
  private static final int MIN_WAITING = 2;
  private static final long MIN_SILENCE_MS = 1_500;
  private static final double LATENCY_FACTOR = 4;
  private static final double LATENCY_WEIGHT = 0.1;
  private static final long RESET_AFTER_MS = 5_000;
  private static final long NEVER = Long.MIN_VALUE;

  private int waiting;
  private double usualMs;
  private long silentSinceMs = NEVER;
  private long lastSeenMs;

  void requestSent(long nowMs) {
    if (waiting == 0 && nowMs - lastSeenMs > RESET_AFTER_MS) {
      silentSinceMs = NEVER;
    }
    waiting++;
    lastSeenMs = nowMs;
    if (waiting >= MIN_WAITING && silentSinceMs == NEVER) {
      silentSinceMs = nowMs;
    }
  }

  /** An answer of any kind arrived. */
  void answered(long nowMs, double tookMs) {
    waiting--;
    lastSeenMs = nowMs;
    usualMs = usualMs == 0 ? tookMs : usualMs + LATENCY_WEIGHT * (tookMs - usualMs);
    silentSinceMs = waiting >= MIN_WAITING ? nowMs : NEVER;
  }

  /** A request ended without an answer. */
  void abandoned(long nowMs) {
    waiting--;
    lastSeenMs = nowMs;
  }

  boolean isStalled(long nowMs) {
    return waiting >= MIN_WAITING
        && nowMs - silentSinceMs > Math.max(MIN_SILENCE_MS, LATENCY_FACTOR * usualMs);
  }

  /** Why it counts as stalled. */
  String reason(long nowMs) {
    return waiting + " requests without an answer for " + (nowMs - silentSinceMs) + " ms";
  }
}
