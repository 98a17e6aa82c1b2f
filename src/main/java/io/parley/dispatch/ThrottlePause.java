package io.parley.dispatch;

/**
 * How long to leave a provider alone that answers 429 without saying for how long. The pause
 * doubles each time the provider still throttles after it, and halves with each message that it
 * accepts. Time is an argument.
 */
final class ThrottlePause {
  static final long FIRST_MS = 10;
  static final long MAX_MS = 5_000;

  private long nextMs = FIRST_MS;
  private long endsAtMs = Long.MIN_VALUE;

  /**
   * Notes a 429, and returns when the pause ends. The answer to a request that was sent before the
   * present pause ended belongs to the same overload and changes nothing.
   */
  long throttled(long sentAtMs, long nowMs) {
    if (sentAtMs >= endsAtMs) {
      endsAtMs = nowMs + nextMs;
      nextMs = Math.min(MAX_MS, nextMs * 2);
    }
    return endsAtMs;
  }

  void accepted() {
    nextMs = Math.max(FIRST_MS, nextMs / 2);
  }
}
