package io.parley.timeline;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One emoji, as Unicode's sequences make them: a picture with or without a skin tone, several
 * pictures joined, a keycap, the flag of a country or a region.
 *
 * <p>The same picture can be written with and without the mark that asks for colour (U+FE0F). All
 * spellings mean the fully qualified one, or two people who mean the same would be counted apart.
 */
public final class Emoji {
  private static final int LONGEST = 32;
  private static final int BLACK_FLAG = 0x1F3F4;
  private static final String COLOUR = "\ufe0f";
  private static final Pattern FLAG = Pattern.compile("[\\x{1F1E6}-\\x{1F1FF}]{2}");
  private static final Pattern KEYCAP = Pattern.compile("([0-9#*])\ufe0f?\u20e3");
  private static final Pattern PICTURE =
      Pattern.compile(
          "(?<picture>[\\p{IsEmoji}&&[^\\x00-\\x7f]&&[^\\x{1F1E6}-\\x{1F1FF}]&&[^\\p{IsEmoji_Modifier}]])"
              + "(?:\ufe0f|(?<tone>\\p{IsEmoji_Modifier}))?"
              + "(?<region>[\\x{E0020}-\\x{E007E}]{1,6}\\x{E007F})?(?<joint>\u200d)?");

  private Emoji() {}

  /** The fully qualified spelling; empty if this is not one emoji. */
  public static Optional<String> of(String text) {
    return spelled(text)
        .filter(emoji -> emoji.getBytes(StandardCharsets.UTF_8).length <= LONGEST)
        .filter(emoji -> emoji.matches("\\X"));
  }

  private static Optional<String> spelled(String text) {
    if (FLAG.matcher(text).matches()) {
      return Optional.of(text);
    }
    var keycap = KEYCAP.matcher(text);
    return keycap.matches() ? Optional.of(keycap.group(1) + COLOUR + "\u20e3") : pictures(text);
  }

  private static Optional<String> pictures(String text) {
    StringBuilder spelled = new StringBuilder(text.length() + 4);
    var picture = PICTURE.matcher(text);
    boolean joined = true;
    int end = 0;
    while (joined && picture.find() && picture.start() == end) {
      String tone = picture.group("tone");
      String region = picture.group("region");
      int shape = picture.group("picture").codePointAt(0);
      boolean odd =
          (tone != null && !Character.isEmojiModifierBase(shape))
              || (region != null && shape != BLACK_FLAG);
      if (odd) {
        return Optional.empty();
      }
      spelled.append(picture.group("picture"));
      if (tone != null) {
        spelled.append(tone);
      } else if (!Character.isEmojiPresentation(shape)) {
        spelled.append(COLOUR);
      }
      spelled.append(region == null ? "" : region);
      joined = picture.group("joint") != null;
      spelled.append(joined ? "\u200d" : "");
      end = picture.end();
    }
    return end == text.length() && end > 0 && !joined
        ? Optional.of(spelled.toString())
        : Optional.empty();
  }
}
