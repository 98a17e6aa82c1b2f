package io.parley.identity;

import java.util.Locale;

/** What a key may do. */
public enum Scope {
  /** Be in groups, and act in them. */
  CHAT,
  /** What agents do with people outside. */
  MESSAGES,
  /** Say how transfers ended. */
  TRANSFERS,
  /** Count. */
  ANALYTICS,
  /** What administrators do: keys, hooks, users, and the work of agents. */
  ADMIN;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Scope of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** As the contract spells it. */
  public String text() {
    return text;
  }

  /** Whether whoever has this needs {@code other} no more. */
  public boolean includes(Scope other) {
    return this == other || (this == ADMIN && (other == MESSAGES || other == ANALYTICS));
  }
}
