package io.parley.dispatch;

import java.util.Arrays;

/**
 * Judges from a provider's last answers whether it is broken: five failures in a row, or half of
 * the last twenty. A count of failures per time window, as breakers usually keep, would cut off a
 * busy provider that fails one message in a hundred.
 */
final class FailureWindow {
  private static final int MAX_IN_A_ROW = 5;
  private static final int SIZE = 20;

  private final boolean[] failed = new boolean[SIZE];
  private int count;
  private int failures;
  private int inARow;

  /** Records one answer and returns whether the provider now counts as broken. */
  boolean record(boolean failure) {
    int slot = count % SIZE;
    failures += (failure ? 1 : 0) - (failed[slot] ? 1 : 0);
    failed[slot] = failure;
    count++;
    inARow = failure ? inARow + 1 : 0;
    return failure && (inARow >= MAX_IN_A_ROW || (count >= SIZE && failures * 2 >= SIZE));
  }

  /** Why it counts as broken. */
  String reason() {
    return inARow >= MAX_IN_A_ROW
        ? inARow + " failures in a row"
        : failures + " failures in the last " + Math.min(count, SIZE) + " answers";
  }

  void reset() {
    Arrays.fill(failed, false);
    count = 0;
    failures = 0;
    inARow = 0;
  }
}
