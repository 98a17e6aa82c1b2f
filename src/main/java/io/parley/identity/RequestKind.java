package io.parley.identity;

import java.util.Locale;

/** What a repeatable request makes. A caller's key stands for one kind of request only. */
public enum RequestKind {
  CONVERSATION,
  API_KEY,
  UPLOAD,
  SMS,
  EMAIL;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** As the store keeps it. */
  public String text() {
    return text;
  }
}
