package io.parley.channel;

import java.util.Optional;
import java.util.regex.Pattern;
import org.owasp.html.Encoding;

/** The plain text of a message for phones, cut to the length limit of SMS bodies. */
public final class PlainText {
  /** The maximum length of an SMS body in characters. */
  static final int MAX_LENGTH = 10_000;

  private static final int MAX_HTML = 200_000;
  private static final Pattern LINE_END =
      Pattern.compile("(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\\b[^<>]*>");
  private static final Pattern TAG = Pattern.compile("<[^<>]*>");
  private static final Pattern BLANKS_AT_LINE_ENDS = Pattern.compile("[ \\t\\u00a0]*+\\R");
  private static final Pattern EMPTY_LINES = Pattern.compile("\\n{3,}");

  private PlainText() {}

  /**
   * The text of an email: of its HTML, else its body, else its subject.
   *
   * @param html the sanitised form of an HTML body
   */
  public static String of(Optional<String> body, Optional<String> html, Optional<String> subject) {
    String text = html.map(PlainText::read).or(() -> body).orElse("").strip();
    return cut(text.isEmpty() ? subject.orElse("").strip() : text);
  }

  private static String read(String html) {
    String looked = html.substring(0, Math.min(html.length(), MAX_HTML));
    String lines = LINE_END.matcher(looked).replaceAll("\n");
    String text = Encoding.decodeHtml(TAG.matcher(lines).replaceAll(""), false);
    String trimmed = BLANKS_AT_LINE_ENDS.matcher(text).replaceAll("\n");
    return EMPTY_LINES.matcher(trimmed).replaceAll("\n\n");
  }

  /** The text, cut to the maximum length. */
  public static String cut(String text) {
    return text.length() <= MAX_LENGTH || text.codePointCount(0, text.length()) <= MAX_LENGTH
        ? text
        : text.substring(0, text.offsetByCodePoints(0, MAX_LENGTH - 1)) + "…";
  }
}
