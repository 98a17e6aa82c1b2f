package io.parley.dispatch;

import io.parley.channel.Outcome;

/** What one provider did for this node, counted since it started. */
final class ProviderStats {
  private static final int LAST = 200;
  private static final double WEIGHT = 0.1;

  private final boolean[] vain = new boolean[LAST];
  private long asked;
  private int inVain;
  private double latencyMs;
  long sent;
  long failed;
  long retried;

  void note(Outcome outcome, boolean retry, double tookMs) {
    boolean took = outcome instanceof Outcome.Sent;
    sent += took ? 1 : 0;
    failed += took ? 0 : 1;
    retried += retry ? 1 : 0;
    int at = (int) (asked % LAST);
    inVain += (took ? 0 : 1) - (vain[at] ? 1 : 0);
    vain[at] = !took;
    latencyMs = asked == 0 ? tookMs : latencyMs + WEIGHT * (tookMs - latencyMs);
    asked++;
  }

  /** Of the last two hundred attempts. */
  double errorRate() {
    return asked == 0 ? 0 : (double) inVain / Math.min(asked, LAST);
  }

  double latencyMs() {
    return latencyMs;
  }
}
