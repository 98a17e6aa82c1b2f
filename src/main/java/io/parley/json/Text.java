package io.parley.json;

import java.util.regex.Pattern;

/** Rules for text from outside: no U+0000 and no lone surrogates. */
public final class Text {
  private static final Pattern VISIBLE = Pattern.compile("[^\\s\\p{Z}\\p{Cc}\\p{Cf}]");

  private Text() {}

  /** Whether the text has no visible character: what the contract calls blank. */
  public static boolean isBlank(String text) {
    return !VISIBLE.matcher(text).find();
  }

  /** The same text, if it obeys the rules. */
  public static String whole(String text) throws MalformedText {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new MalformedText("U+0000 is not allowed in text");
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new MalformedText("lone surrogates are not allowed in text");
        }
        i++;
      }
    }
    return text;
  }

  /** The same text, with U+FFFD in place of what breaks the rules. */
  public static String mended(String text) {
    try {
      return whole(text);
    } catch (MalformedText torn) {
      StringBuilder mended = new StringBuilder(text.length());
      text.codePoints()
          .map(
              c ->
                  c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                      ? 0xfffd
                      : c)
          .forEach(mended::appendCodePoint);
      return mended.toString();
    }
  }

  /** The length in code points, by which limits count. */
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
