package io.parley.channel;

import java.util.Locale;

/** A way to a party outside the gateway. */
public enum Channel {
  SMS,
  MMS,
  EMAIL;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Channel of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** As the contract spells it. */
  public String text() {
    return text;
  }

  /** The route that carries it: SMS and MMS go the same way. */
  public Channel route() {
    return this == MMS ? SMS : this;
  }
}
