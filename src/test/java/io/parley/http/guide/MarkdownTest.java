package io.parley.http.guide;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class MarkdownTest {
  private static String html(String text) {
    return Markdown.html(text, href -> href.equals("nowhere.md") ? "" : href);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain text | plain text",
        "**bold** text | <strong>bold</strong> text",
        "`code` text | <code>code</code> text",
        "an *emphasised word*, 2 * 3 * 4 | an <em>emphasised word</em>, 2 * 3 * 4",
        "`**not bold**` | <code>**not bold**</code>",
        "**bold `code`** | <strong>bold <code>code</code></strong>",
        "[a page](live.md#frames) | <a href=\"live.md#frames\">a page</a>",
        "[`code`](live.md) | <a href=\"live.md\"><code>code</code></a>",
        "[a file](nowhere.md) | a file",
        "<https://example.org/> | <a href=\"https://example.org/\">https://example.org/</a>",
        "5 < 6 & 7 > 6 | 5 &lt; 6 &amp; 7 &gt; 6",
        "<script>alert(1)</script> | &lt;script&gt;alert(1)&lt;/script&gt;",
        "[x](\"onclick=) | <a href=\"&quot;onclick=\">x</a>",
      })
  void spansWithinALineAreRendered(String text, String expected) {
    assertThat(html(text)).isEqualTo("<p>" + expected + "</p>\n");
  }

  @Test
  void headingsCarryTheAnchorsThatLinksUse() {
    assertThat(html("# Events, `rev` and so on\n### A-b"))
        .isEqualTo(
            """
            <h1 id="events-rev-and-so-on">Events, <code>rev</code> and so on</h1>
            <h3 id="a-b">A-b</h3>
            """);
  }

  @Test
  void linesOfAParagraphBelongTogetherUntilABlankLine() {
    assertThat(html("one\ntwo\n\nthree")).isEqualTo("<p>one\ntwo</p>\n<p>three</p>\n");
  }

  @Test
  void listsMayContinueOnIndentedLines() {
    assertThat(html("- one\n  more\n- two\n\n1. first\n2. second"))
        .isEqualTo(
            """
            <ul>
            <li>one
            more</li>
            <li>two</li>
            </ul>
            <ol>
            <li>first</li>
            <li>second</li>
            </ol>
            """);
  }

  @Test
  void codeIsShownAsItIs() {
    assertThat(html("```js\nif (a < b) **x**;\n\n# no heading\n```\nafter"))
        .isEqualTo(
            "<pre><code>if (a &lt; b) **x**;\n\n# no heading\n</code></pre>\n<p>after</p>\n");
  }

  @Test
  void codeWithoutAnEndGoesOnToTheEnd() {
    assertThat(html("```\ncode")).isEqualTo("<pre><code>code\n</code></pre>\n");
  }

  @Test
  void tablesHaveAHeadAndABody() {
    assertThat(html("| a | b |\n| --- | --- |\n| `x|y` | |\n"))
        .contains("<thead><tr><th>a</th><th>b</th></tr>\n</thead>")
        .contains("<tbody>\n<tr><td><code>x|y</code></td><td></td></tr>\n</tbody>");
  }
}
