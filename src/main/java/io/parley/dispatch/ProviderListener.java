package io.parley.dispatch;

import io.parley.channel.BreakerState;

/** Hears how providers do; must be cheap. */
public interface ProviderListener {
  /** A provider was asked, and {@code outcome} is what came of it. */
  void asked(String provider, String outcome, long nanos);

  void changed(String provider, BreakerState breaker);

  /** Hears nothing. */
  static ProviderListener none() {
    return new ProviderListener() {
      @Override
      public void asked(String provider, String outcome, long nanos) {}

      @Override
      public void changed(String provider, BreakerState breaker) {}
    };
  }
}
