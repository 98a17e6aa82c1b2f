package io.parley.identity;

import java.util.Locale;

/** The role of an account. Each role includes the permissions of those before it. */
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
