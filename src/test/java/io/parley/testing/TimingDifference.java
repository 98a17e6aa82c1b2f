package io.parley.testing;

import java.util.Collection;

/** What the times of two kinds of requests tell about which kind a request was. */
public final class TimingDifference {
  private TimingDifference() {}

  /**
   * The probability that one of {@code some} takes longer than one of {@code others}, by comparing
   * all pairs (Mann and Whitney): 0.5 if the times tell nothing, 0 or 1 if they tell everything.
   */
  public static double slower(Collection<Long> some, Collection<Long> others) {
    long[] sorted = others.stream().mapToLong(Long::longValue).sorted().toArray();
    double slower = 0;
    for (long each : some) {
      slower += (below(sorted, each) + below(sorted, each + 1)) / 2.0;
    }
    return slower / some.size() / others.size();
  }

  /** How many are less than {@code limit}. */
  private static int below(long[] sorted, long limit) {
    int from = 0;
    int to = sorted.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (sorted[middle] < limit) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /** How far from 0.5 chance alone takes {@link #slower} in one of a million comparisons. */
  public static double chance(Collection<Long> some, Collection<Long> others) {
    double n = some.size();
    double m = others.size();
    return 4.9 * Math.sqrt((n + m + 1) / (12 * n * m));
  }
}
