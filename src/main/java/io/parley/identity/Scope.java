package io.parley.identity;

import java.util.Locale;

/** A permission of an API key. */
public enum Scope {
  /** Join groups and act in them. */
  CHAT,
  /** Exchange messages with external participants, as agents do. */
  MESSAGES,
  /** Settle transfers. */
  TRANSFERS,
  /** Read analytics. */
  ANALYTICS,
  /** Act as an administrator: manage API keys, webhooks and users, and do the work of agents. */
  ADMIN;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Scope of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling of the contract. */
  public String text() {
    return text;
  }

  /** Whether this scope implies {@code other}. */
  public boolean includes(Scope other) {
    return this == other || (this == ADMIN && (other == MESSAGES || other == ANALYTICS));
  }
}
