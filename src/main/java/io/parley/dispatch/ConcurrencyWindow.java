package io.parley.dispatch;

/**
 * How many messages a provider may be sent at once: starts small, grows by one with each success
 * and halves with each failure. Time is an argument.
 */
final class ConcurrencyWindow {
  private static final int INITIAL = 2;
  private static final int AFTER_IDLE = 4 * INITIAL;
  private static final long IDLE_MS = 10_000;

  private final int max;
  private int size = INITIAL;
  private long lastUsedMs;

  ConcurrencyWindow(int max) {
    this.max = max;
  }

  /** The present size; after a time without use it begins small again. */
  int size(int inFlight, long nowMs) {
    if (inFlight == 0 && nowMs - lastUsedMs > IDLE_MS) {
      size = Math.min(size, AFTER_IDLE);
    }
    return Math.min(size, max);
  }

  void used(long nowMs) {
    lastUsedMs = nowMs;
  }

  void grow() {
    size = Math.min(max, size + 1);
  }

  void halve() {
    size = Math.max(INITIAL, size / 2);
  }

  void reset() {
    size = INITIAL;
  }
}
