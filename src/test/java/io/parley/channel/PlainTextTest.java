package io.parley.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PlainTextTest {
  private static String of(String html) {
    return PlainText.of(Optional.of("as received"), Optional.of(html), Optional.of("subject"));
  }

  @Test
  void tagsGoAndLinesStay() {
    assertThat(
            of(
                "<div>Dear <b>Ann</b>,</div><p>1 &lt; 2 &amp;&#160;3<br />bye</p>\n\n\n\n<p>Bob</p>"))
        .isEqualTo("Dear Ann,\n1 < 2 &\u00a03\nbye\n\nBob");
  }

  @Test
  void whatIsNoHtmlIsTextAsItIs() {
    assertThat(PlainText.of(Optional.of("1 < 2"), Optional.empty(), Optional.of("subject")))
        .isEqualTo("1 < 2");
  }

  @Test
  void theSubjectIsReadWhereThereIsNothingElse() {
    assertThat(of("<p> </p>")).isEqualTo("subject");
    assertThat(PlainText.of(Optional.empty(), Optional.empty(), Optional.of("subject")))
        .isEqualTo("subject");
    assertThat(PlainText.of(Optional.of(" "), Optional.empty(), Optional.empty())).isEmpty();
  }

  @Test
  void thereIsNoMoreOfItThanAnSmsHolds() {
    assertThat(PlainText.cut("😀".repeat(10_000))).isEqualTo("😀".repeat(10_000));
    assertThat(PlainText.cut("😀".repeat(10_001))).isEqualTo("😀".repeat(9_999) + "…");
    assertThat(of("<i>x</i>".repeat(50_000))).hasSize(10_000).endsWith("x…");
  }
}
