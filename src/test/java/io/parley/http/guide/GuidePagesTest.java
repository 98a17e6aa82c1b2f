package io.parley.http.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class GuidePagesTest {
  private static final Pattern HREF = Pattern.compile("href=\"/docs/guide/([^\"#]*)");

  private final GuidePages pages = new GuidePages();

  static List<String> everyPage() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("docs"))) {
      return files
          .map(file -> Path.of("docs").relativize(file).toString())
          .filter(name -> name.endsWith(".md"))
          .map(name -> name.replaceFirst("\\.md$", "").replaceFirst("README$", ""))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("everyPage")
  void everyPageOfTheDocumentationIsServed(String path) {
    String html = pages.html(path).orElseThrow();
    assertThat(html).contains("<h1 ").contains("</html>");
    assertThat(html).as("rendered completely").doesNotContain("```");
    Matcher link = HREF.matcher(html);
    while (link.find()) {
      assertThat(GuidePages.has(link.group(1))).as(link.group()).isTrue();
    }
  }

  @Test
  void thePageThatIsShownIsMarkedInTheContents() {
    assertThat(pages.html("live").orElseThrow())
        .contains("<a href=\"/docs/guide/live\" aria-current=\"page\">Live guide</a>")
        .contains("<a href=\"/docs/guide/rest\">REST guide</a>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nothing", "../live", "clients/../live", "live.md", "/live", "clients/nothing"})
  void otherPathsAreNotPages(String path) {
    assertThat(pages.html(path)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "docs/, live.md#frames, /docs/guide/live#frames",
    "docs/, README.md, /docs/guide/",
    "docs/, clients/README.md, /docs/guide/clients/",
    "docs/clients/, ../live.md, /docs/guide/live",
    "docs/, ../SECURITY.md, /docs/guide/SECURITY",
    "'', docs/live.md, /docs/guide/live",
    "docs/, ../src/main/resources/openapi.yaml, /openapi.yaml",
    "docs/, ../conf/parley.yaml, ''",
    "docs/, #frames, #frames",
    "docs/, https://example.org/a, https://example.org/a",
    "docs/, http://localhost:8080/docs, /docs",
  })
  void linksLeadToWhatTheGatewayServes(String folder, String href, String target) {
    assertThat(GuidePages.target(folder, href)).isEqualTo(target);
  }
}
