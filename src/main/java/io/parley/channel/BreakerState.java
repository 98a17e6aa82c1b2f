package io.parley.channel;

import java.util.Locale;

/** The state of a provider's circuit breaker. */
public enum BreakerState {
  CLOSED,
  OPEN,
  HALF_OPEN;

  public static BreakerState of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling of the contract. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
