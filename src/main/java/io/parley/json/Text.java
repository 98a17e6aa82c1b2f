package io.parley.json;

import java.util.regex.Pattern;

/** What every text from outside must be: without U+0000 and without half characters. */
public final class Text {
  private static final Pattern VISIBLE = Pattern.compile("[^\\s\\p{Z}\\p{Cc}\\p{Cf}]");

  private Text() {}

  /** Whether there is nothing to see, as the contract's texts that must not be blank mean it. */
  public static boolean isBlank(String text) {
    return !VISIBLE.matcher(text).find();
  }

  /** The same text, if it is whole. */
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

  /** The same text, with U+FFFD for whatever is not whole. */
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

  /** How many characters a person would be charged for: code points. */
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
