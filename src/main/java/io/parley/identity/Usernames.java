package io.parley.identity;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The rules for usernames, and the suggestion of one from an email address. */
public final class Usernames {
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int SUGGESTED_LENGTH = 50;

  private Usernames() {}

  /** The username in lower case; empty if it is not allowed. */
  public static Optional<String> normalised(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    // match the original: some non-ASCII letters become ASCII in lower case
    boolean allowed = ALLOWED.matcher(text).matches() && !isDigits(lower) && !lower.equals("me");
    return allowed ? Optional.of(lower) : Optional.empty();
  }

  /** A username from the local part of an email address; append a number to make it unique. */
  public static String suggestedBy(String email) {
    String local = email.substring(0, Math.max(0, email.indexOf('@'))).toLowerCase(Locale.ROOT);
    String cleaned = local.replaceAll("[^a-z0-9._-]", "-").replaceFirst("^[^a-z0-9]+", "");
    String cut =
        cleaned.length() > SUGGESTED_LENGTH ? cleaned.substring(0, SUGGESTED_LENGTH) : cleaned;
    return normalised(cut).orElse("user" + (isDigits(cut) ? cut : ""));
  }

  public static boolean isDigits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
