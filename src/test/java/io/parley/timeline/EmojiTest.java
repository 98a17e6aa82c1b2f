package io.parley.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class EmojiTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ud83d\udc4d", // thumbs up
        "\ud83d\udc4d\ud83c\udffd", // with a skin tone
        "\u2764\ufe0f",
        "\u2764\ufe0f\u200d\ud83d\udd25", // heart on fire
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66", // family
        "\ud83c\udff3\ufe0f\u200d\ud83c\udf08", // rainbow flag
        "\ud83d\udd75\ud83c\udffd\u200d\u2642\ufe0f", // detective
        "\ud83c\udde9\ud83c\uddf0", // Denmark
        "\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc73\udb40\udc63\udb40\udc74\udb40\udc7f", // Scotland
        "1\ufe0f\u20e3",
        "#\ufe0f\u20e3"
      })
  void whatIsOneEmojiIsItself(String emoji) {
    assertThat(Emoji.of(emoji)).contains(emoji);
  }

  @ParameterizedTest
  @CsvSource({
    "\u2764,\u2764\ufe0f",
    "\ud83d\udc4d\ufe0f,\ud83d\udc4d",
    "1\u20e3,1\ufe0f\u20e3",
    "\ud83c\udff3\u200d\ud83c\udf08,\ud83c\udff3\ufe0f\u200d\ud83c\udf08",
    "\u2764\u200d\ud83d\udd25,\u2764\ufe0f\u200d\ud83d\udd25"
  })
  void allSpellingsAreOne(String written, String meant) {
    assertThat(Emoji.of(written)).contains(meant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "1",
        "#",
        "\u200d",
        "\ufe0f",
        "\u2764\ufe0e",
        "\ud83c\udde9",
        "\ud83c\udde9\ud83c\uddf0\ud83c\udde9",
        "\ud83c\udffb",
        "\ud83d\udc4d\ud83d\udc4d",
        "\ud83d\udc4d ",
        "\u200d\ud83d\udc4d",
        "\ud83d\udc4d\u200d",
        "\ud83d\ude00\ud83c\udffb",
        "\ud83d\ude00\u0301",
        "\ud83d\udc4da"
      })
  void whatIsNotOneEmojiIsNone(String text) {
    assertThat(Emoji.of(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 50, 5_000})
  void whatIsTooLongIsNone(int pictures) {
    assertThat(Emoji.of("\ud83d\ude00\u200d".repeat(pictures) + "\ud83d\ude00")).isEmpty();
  }
}
