package io.parley.identity;

import java.util.Locale;

/** The kind of an idempotent request. A caller's key is valid for one kind only. */
public enum RequestKind {
  CONVERSATION,
  API_KEY,
  UPLOAD,
  SMS,
  EMAIL;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** The spelling in the database. */
  public String text() {
    return text;
  }
}
