package io.parley.timeline;

import java.util.Locale;

/** The type of an item. */
public enum ItemType {
  MESSAGE,
  ATTACHMENT,
  POST,
  TRANSFER;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static ItemType of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  public String text() {
    return text;
  }
}
