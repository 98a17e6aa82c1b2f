package io.parley.identity;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a username may be, and which one an email suggests. */
public final class Usernames {
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int SUGGESTED_LENGTH = 50;

  private Usernames() {}

  /** The username that {@code text} means, lower-cased, if it may be one. */
  public static Optional<String> normalised(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    // the text itself: some letters from afar become plain ones in lower case
    boolean allowed = ALLOWED.matcher(text).matches() && !isDigits(lower) && !lower.equals("me");
    return allowed ? Optional.of(lower) : Optional.empty();
  }

  /** What the local part of an email suggests; a number makes it unique. */
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
