package io.parley.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class JsonBytesTest {
  private static Buffer written(String text) {
    return JsonBytes.object(json -> json.writeStringField("t", text));
  }

  @Test
  void writesCharactersBeyondTheFirstPlaneAsTheyAre() {
    assertThat(written("hi \ud83d\ude00 \u00e9")).hasToString("{\"t\":\"hi \ud83d\ude00 \u00e9\"}");
  }

  // long ones are written piece by piece, and a character may lie across two of them
  @Test
  void whatIsWrittenIsReadAgain() throws MalformedText {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(12_000);
      while (text.length() < length) {
        text.appendCodePoint(
            random.nextInt(3) == 0 ? 0x1f600 + random.nextInt(50) : 0x20 + random.nextInt(0x3000));
      }
      assertThat(StrictJson.parse(written(text.toString())))
          .describedAs("seed " + seed)
          .isEqualTo(java.util.Map.of("t", text.toString()));
    }
  }
}
