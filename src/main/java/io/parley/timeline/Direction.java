package io.parley.timeline;

import java.util.Locale;

/** The direction of an item, as seen from the gateway. */
public enum Direction {
  /** From user to user. */
  INTERNAL,
  /** From an external participant. */
  INBOUND,
  /** To an external participant. */
  OUTBOUND;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Direction of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling of the contract. */
  public String text() {
    return text;
  }
}
