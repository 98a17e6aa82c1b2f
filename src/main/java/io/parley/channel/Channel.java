package io.parley.channel;

import java.util.Locale;

/** A way to reach an external participant. */
public enum Channel {
  SMS,
  MMS,
  EMAIL;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Channel of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling of the contract. */
  public String text() {
    return text;
  }

  /** The route that carries it: SMS and MMS share one. */
  public Channel route() {
    return this == MMS ? SMS : this;
  }
}
