package io.parley.conversation;

import java.util.Locale;

/** The kind of a conversation. */
public enum ConversationKind {
  DIRECT,
  GROUP,
  EXTERNAL;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static ConversationKind of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  public String text() {
    return text;
  }
}
