package io.parley.identity;

import java.util.Locale;

/** The normal form of the email addresses of accounts. */
public final class Mailbox {
  private Mailbox() {}

  /** Trims the address and lower-cases its domain; local parts may be case-sensitive. */
  public static String normalised(String email) {
    String trimmed = email.strip();
    int at = trimmed.lastIndexOf('@');
    return trimmed.substring(0, at + 1) + trimmed.substring(at + 1).toLowerCase(Locale.ROOT);
  }
}
