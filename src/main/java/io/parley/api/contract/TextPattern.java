package io.parley.api.contract;

import io.parley.json.Text;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The patterns of a text: {@code pattern}, which must also compile in Python and JavaScript, and
 * beside it {@code x-strict-pattern} in Java's syntax, which knows the categories of Unicode.
 *
 * <p>Matching may take the square of the length, so a pattern never sees a text that is too long:
 * {@code maxLength} refuses such a text, or the pattern does where the contract sets no bound.
 */
final class TextPattern {
  private static final long MAX_UNBOUNDED_LENGTH = 10_000;

  private TextPattern() {}

  static Predicate<String> of(Map<String, Object> schema) {
    Predicate<String> portable = matches(Objects.requireNonNull(schema.get("pattern")));
    Predicate<String> matches =
        schema.containsKey("x-strict-pattern")
            ? portable.and(matches(Objects.requireNonNull(schema.get("x-strict-pattern"))))
            : portable;
    boolean bounded = schema.get("maxLength") instanceof Integer;
    long longest = schema.get("maxLength") instanceof Integer most ? most : MAX_UNBOUNDED_LENGTH;
    return text -> Text.length(text) > longest ? bounded : matches.test(text);
  }

  static String inWords(Map<String, Object> schema) {
    return schema.get("x-pattern-in-words") instanceof String words
        ? words
        : "must match " + schema.get("pattern");
  }

  private static Predicate<String> matches(Object pattern) {
    return Pattern.compile(inJava((String) pattern)).asPredicate();
  }

  // in a schema $ is the end; in Java it also matches before a last line break
  private static String inJava(String pattern) {
    StringBuilder java = new StringBuilder();
    boolean inClass = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length()) {
        java.append(c).append(pattern.charAt(++i));
        continue;
      }
      inClass = c == '[' || (inClass && c != ']');
      java.append(c == '$' && !inClass ? "\\z" : String.valueOf(c));
    }
    return java.toString();
  }
}
