package io.parley.identity;

import java.util.Locale;

/** Email addresses of accounts. */
public final class Mailbox {
  private Mailbox() {}

  /** Trimmed, the domain lower-cased; the local part is its owner's business. */
  public static String normalised(String email) {
    String trimmed = email.strip();
    int at = trimmed.lastIndexOf('@');
    return trimmed.substring(0, at + 1) + trimmed.substring(at + 1).toLowerCase(Locale.ROOT);
  }
}
