package io.parley.identity;

import java.util.Locale;

/** What an account may do; each may do what those before it may. */
public enum Role {
  USER,
  AGENT,
  ADMIN;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static Role of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  public String text() {
    return text;
  }

  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
