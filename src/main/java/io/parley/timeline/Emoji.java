package io.parley.timeline;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A validator of single emoji by the Unicode emoji sequences: a pictograph with or without a skin
 * tone, several joined pictographs, a keycap, or the flag of a country or region.
 *
 * <p>The same emoji can be spelled with and without the emoji presentation selector (U+FE0F). Each
 * spelling is normalised to the fully qualified one, so that equal reactions are counted together.
 */
public final class Emoji {
  private static final int MAX_BYTES = 32;
  private static final int BLACK_FLAG = 0x1F3F4;
  private static final String EMOJI_PRESENTATION = "\ufe0f";
  private static final Pattern FLAG = Pattern.compile("[\\x{1F1E6}-\\x{1F1FF}]{2}");
  private static final Pattern KEYCAP = Pattern.compile("([0-9#*])\ufe0f?\u20e3");
  private static final Pattern PICTURE =
      Pattern.compile(
          "(?<picture>[\\p{IsEmoji}&&[^\\x00-\\x7f]&&[^\\x{1F1E6}-\\x{1F1FF}]&&[^\\p{IsEmoji_Modifier}]])"
              + "(?:\ufe0f|(?<tone>\\p{IsEmoji_Modifier}))?"
              + "(?<region>[\\x{E0020}-\\x{E007E}]{1,6}\\x{E007F})?(?<joint>\u200d)?");

  private Emoji() {}

  /** The fully qualified spelling; empty if the text is not exactly one emoji. */
  public static Optional<String> of(String text) {
    return qualified(text)
        .filter(emoji -> emoji.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES)
        .filter(emoji -> emoji.matches("\\X"));
  }

  private static Optional<String> qualified(String text) {
    if (FLAG.matcher(text).matches()) {
      return Optional.of(text);
    }
    var keycap = KEYCAP.matcher(text);
    return keycap.matches()
        ? Optional.of(keycap.group(1) + EMOJI_PRESENTATION + "\u20e3")
        : pictures(text);
  }

  private static Optional<String> pictures(String text) {
    StringBuilder qualified = new StringBuilder(text.length() + 4);
    var picture = PICTURE.matcher(text);
    boolean joined = true;
    int end = 0;
    while (joined && picture.find() && picture.start() == end) {
      String tone = picture.group("tone");
      String region = picture.group("region");
      int shape = picture.group("picture").codePointAt(0);
      boolean invalid =
          (tone != null && !Character.isEmojiModifierBase(shape))
              || (region != null && shape != BLACK_FLAG);
      if (invalid) {
        return Optional.empty();
      }
      qualified.append(picture.group("picture"));
      if (tone != null) {
        qualified.append(tone);
      } else if (!Character.isEmojiPresentation(shape)) {
        qualified.append(EMOJI_PRESENTATION);
      }
      qualified.append(region == null ? "" : region);
      joined = picture.group("joint") != null;
      qualified.append(joined ? "\u200d" : "");
      end = picture.end();
    }
    return end == text.length() && end > 0 && !joined
        ? Optional.of(qualified.toString())
        : Optional.empty();
  }
}
