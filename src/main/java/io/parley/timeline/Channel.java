package io.parley.timeline;

import java.util.Locale;
import java.util.Optional;

/** A way to reach an external participant. */
public enum Channel {
  SMS,
  MMS,
  EMAIL;

  private static final String CHAT = "chat";

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Channel of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling for an item or a member; without a channel it is {@code chat}. */
  public static String textOf(Optional<Channel> channel) {
    return channel.isPresent() ? channel.get().text : CHAT;
  }

  /** The channel that {@link #textOf} spells; empty for {@code chat}. */
  public static Optional<Channel> ofText(String text) {
    return text.equals(CHAT) ? Optional.empty() : Optional.of(of(text));
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
