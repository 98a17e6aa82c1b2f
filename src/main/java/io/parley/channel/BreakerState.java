package io.parley.channel;

import java.util.Locale;

/** Whether a provider is asked: always, never, or by one message at a time to see how it is. */
public enum BreakerState {
  CLOSED,
  OPEN,
  HALF_OPEN;

  /** As the contract spells it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
