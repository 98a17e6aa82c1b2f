package io.parley.dispatch;

import io.parley.channel.Outcome;

/** Counts the attempts of one provider on this node since it started. */
final class ProviderStats {
  private static final int ERROR_WINDOW = 200;
  private static final double LATENCY_WEIGHT = 0.1;

  private final boolean[] recentFailures = new boolean[ERROR_WINDOW];
  private long attempts;
  private int failuresInWindow;
  private double latencyMs;
  private long sent;
  private long failed;
  private long retried;

  void record(Outcome outcome, boolean retry, double tookMs) {
    boolean success = outcome instanceof Outcome.Sent;
    sent += success ? 1 : 0;
    failed += success ? 0 : 1;
    retried += retry ? 1 : 0;
    int slot = (int) (attempts % ERROR_WINDOW);
    failuresInWindow += (success ? 0 : 1) - (recentFailures[slot] ? 1 : 0);
    recentFailures[slot] = !success;
    latencyMs = attempts == 0 ? tookMs : latencyMs + LATENCY_WEIGHT * (tookMs - latencyMs);
    attempts++;
  }

  long sent() {
    return sent;
  }

  long failed() {
    return failed;
  }

  long retried() {
    return retried;
  }

  /** The share of failures among the last two hundred attempts. */
  double errorRate() {
    return attempts == 0 ? 0 : (double) failuresInWindow / Math.min(attempts, ERROR_WINDOW);
  }

  /** An exponential moving average. */
  double latencyMs() {
    return latencyMs;
  }
}
