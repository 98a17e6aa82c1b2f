package io.parley.channel;

import java.util.Optional;
import java.util.regex.Pattern;
import org.owasp.html.Encoding;

/** What a phone gets to read of what was written to others: text, and not too much of it. */
public final class PlainText {
  /** So many characters an SMS has at most. */
  static final int MOST = 10_000;

  private static final int LOOKED_AT = 200_000;
  private static final Pattern LINE_END =
      Pattern.compile("(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\\b[^<>]*>");
  private static final Pattern TAG = Pattern.compile("<[^<>]*>");
  private static final Pattern BLANKS_AT_LINE_ENDS = Pattern.compile("[ \\t\\u00a0]*+\\R");
  private static final Pattern EMPTY_LINES = Pattern.compile("\\n{3,}");

  private PlainText() {}

  /**
   * Of a mail: what its HTML says, else its text, else its subject.
   *
   * @param html what of the body is safe to show, if it is HTML
   */
  public static String of(Optional<String> body, Optional<String> html, Optional<String> subject) {
    String text = html.map(PlainText::read).or(() -> body).orElse("").strip();
    return cut(text.isEmpty() ? subject.orElse("").strip() : text);
  }

  private static String read(String html) {
    String looked = html.substring(0, Math.min(html.length(), LOOKED_AT));
    String lines = LINE_END.matcher(looked).replaceAll("\n");
    String text = Encoding.decodeHtml(TAG.matcher(lines).replaceAll(""), false);
    String trimmed = BLANKS_AT_LINE_ENDS.matcher(text).replaceAll("\n");
    return EMPTY_LINES.matcher(trimmed).replaceAll("\n\n");
  }

  /** No more of it than fits. */
  public static String cut(String text) {
    return text.length() <= MOST || text.codePointCount(0, text.length()) <= MOST
        ? text
        : text.substring(0, text.offsetByCodePoints(0, MOST - 1)) + "…";
  }
}
