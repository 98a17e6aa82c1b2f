package io.parley.identity;

import java.util.Locale;

/** The kind of a party. */
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

  /** The spelling of the contract. */
  public String text() {
    return text;
  }
}
