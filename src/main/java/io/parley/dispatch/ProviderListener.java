package io.parley.dispatch;

import io.parley.channel.BreakerState;

/** Receives the outcome of every attempt and every breaker change; must be cheap. */
public interface ProviderListener {
  /** One attempt ended with {@code outcome} after {@code nanos}. */
  void attempted(String provider, String outcome, long nanos);

  void breakerChanged(String provider, BreakerState breaker);

  /** A listener that ignores everything. */
  static ProviderListener none() {
    return new ProviderListener() {
      @Override
      public void attempted(String provider, String outcome, long nanos) {}

      @Override
      public void breakerChanged(String provider, BreakerState breaker) {}
    };
  }
}
