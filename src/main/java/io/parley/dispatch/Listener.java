package io.parley.dispatch;

import io.parley.channel.Breaker;

/** Hears how providers do; must be cheap. */
public interface Listener {
  /** A provider was asked, and {@code outcome} is what came of it. */
  void asked(String provider, String outcome, long nanos);

  void changed(String provider, Breaker breaker);

  /** Hears nothing. */
  static Listener none() {
    return new Listener() {
      @Override
      public void asked(String provider, String outcome, long nanos) {}

      @Override
      public void changed(String provider, Breaker breaker) {}
    };
  }
}
