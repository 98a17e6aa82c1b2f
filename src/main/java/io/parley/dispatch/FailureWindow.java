package io.parley.dispatch;

/**
 * Whether a provider works, from its last answers: five in vain in a row, or half of the last
 * twenty, say that it does not. Counting all failures of a while, as breakers usually do, would cut
 * off a busy provider that fails one in a hundred.
 */
final class FailureWindow {
  private static final int IN_A_ROW = 5;
  private static final int LAST = 20;

  private final boolean[] vain = new boolean[LAST];
  private int counted;
  private int inVain;
  private int row;

  /** Whether it now looks broken. */
  boolean felt(boolean trouble) {
    int at = counted % LAST;
    inVain += (trouble ? 1 : 0) - (vain[at] ? 1 : 0);
    vain[at] = trouble;
    counted++;
    row = trouble ? row + 1 : 0;
    return trouble && (row >= IN_A_ROW || (counted >= LAST && inVain * 2 >= LAST));
  }

  void reset() {
    java.util.Arrays.fill(vain, false);
    counted = 0;
    inVain = 0;
    row = 0;
  }
}
