package io.parley.identity;

import java.util.Locale;

/** What someone in a conversation is. */
public enum PartyKind {
  PERSON,
  COMPANY,
  INFLUENCER,
  SERVICE,
  PHONE,
  EMAIL;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static PartyKind of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** As the contract spells it. */
  public String text() {
    return text;
  }
}
