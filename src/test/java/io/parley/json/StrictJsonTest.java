package io.parley.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class StrictJsonTest {

  @Test
  void readsPlainValues() throws MalformedText {
    assertThat(StrictJson.parse(Buffer.buffer("{\"a\":[1,2.5,\"x\",true,null],\"b\":{}}")))
        .isEqualTo(
            Map.of(
                "a",
                Arrays.asList(1L, new java.math.BigDecimal("2.5"), "x", true, null),
                "b",
                Map.of()));
  }

  @Test
  void takesEveryWayOfWritingAWholeNumberForOne() throws MalformedText {
    assertThat(StrictJson.parse(Buffer.buffer("[5,5.0,5e0,50e-1,-0]")))
        .isEqualTo(List.of(5L, 5L, 5L, 5L, 0L));
  }

  @Test
  void keepsNumbersThatNoLongHoldsWithoutWorkingThemOut() throws MalformedText {
    assertThat(
            (List<?>)
                StrictJson.parse(Buffer.buffer("[9223372036854775808,1e999999999,1e-999999999]")))
        .allMatch(java.math.BigDecimal.class::isInstance);
  }

  @Test
  void keepsMarksAndCharactersBeyondTheFirstPlane() throws MalformedText {
    assertThat(StrictJson.parse(Buffer.buffer("\"\u200f\u05d0 \ud83d\ude00 \\ud83d\\ude00\"")))
        .isEqualTo("\u200f\u05d0 \ud83d\ude00 \ud83d\ude00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\":1,\"a\":2}",
        "{} {}",
        "{}x",
        "nul",
        "NaN",
        "{a:1}",
        "'a'",
        "[1,]",
        "\"\\u0000\"",
        "{\"\\u0000\":1}",
        "\"\\ud83d\"",
        "\"\\ude00\\ud83d\"",
        "01",
        "+1",
        "1e",
        "1e99999999999",
        "[-2.5e-2147483649]",
        "\"\n\"",
        "// comment\n1",
        "\"open"
      })
  void refusesWhatIsNotStrictlyJson(String text) {
    assertThatThrownBy(() -> StrictJson.parse(Buffer.buffer(text)))
        .isInstanceOf(MalformedText.class);
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] overlong = {'"', (byte) 0xc0, (byte) 0x80, '"'};
    byte[] surrogate = {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'};
    byte[] half = {'"', (byte) 0xe2, (byte) 0x82, '"'};
    for (byte[] bytes : List.of(overlong, surrogate, half)) {
      assertThatThrownBy(() -> StrictJson.parse(Buffer.buffer(bytes)))
          .isInstanceOf(MalformedText.class);
    }
  }

  @Test
  void readsUtf8AndNothingElse() throws MalformedText {
    assertThat(StrictJson.parse(Buffer.buffer("\ufeff{\"a\":1}"))).isEqualTo(Map.of("a", 1L));
    Buffer wide = Buffer.buffer("{\"a\":1}".getBytes(StandardCharsets.UTF_16LE));
    assertThatThrownBy(() -> StrictJson.parse(wide)).isInstanceOf(MalformedText.class);
  }

  @Test
  void tellsAtWhichByteItStoppedMakingSense() {
    assertThatThrownBy(() -> StrictJson.parse(Buffer.buffer("{\"\u00e4\u20ac\": x}")))
        .isInstanceOfSatisfying(
            MalformedText.class, wrong -> assertThat(wrong.reason()).endsWith("(at byte 10)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"a\\u0000b\"",
        "\"a\u0000b\"",
        "\"a\\ud800b\"",
        "\"a\\udc00b\"",
        "\"a\u00ffb\"",
        "\"a\u00e2\u0082b\""
      })
  void mendsTheTextOfThoseWhoCannotBeTold(String text) throws MalformedText {
    Buffer bytes = Buffer.buffer(text.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(StrictJson.parseMended(bytes)).isEqualTo("a\ufffdb");
  }

  @Test
  void mendsNamesAndLeavesWhatIsWhole() throws MalformedText {
    assertThat(
            StrictJson.parseMended(
                Buffer.buffer(
                    "{\"\\u0000\":1,\"a\":1,\"a\":\"\u200f \ud83d\ude00 \\ud83d\\ude00\"}")))
        .isEqualTo(Map.of("\ufffd", 1L, "a", "\u200f \ud83d\ude00 \ud83d\ude00"));
  }

  @Test
  void refusesDeepNestingBeforeItHurts() {
    assertThatThrownBy(() -> StrictJson.parse(Buffer.buffer("[".repeat(100_000))))
        .isInstanceOf(MalformedText.class)
        .hasMessageContaining("levels deep");
  }
}
