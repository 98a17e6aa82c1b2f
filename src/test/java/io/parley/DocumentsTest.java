package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Markdown of the project: its links resolve, and the files and tests it names exist. */
@Tag("fast")
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\n]+`");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
  private static final Pattern NAMED_FILE =
      Pattern.compile(
          "`((?:[\\w.-]+/)*[\\w.-]+\\.(?:java|sql|yaml|js|mjs|ts|xml|html|sh|md|options))`");
  private static final Pattern NAMED_TEST =
      Pattern.compile("`(\\w+(?:Test|Invariants))(?:#(\\w+))?`");

  static List<Path> documents() throws IOException {
    try (Stream<Path> root = Files.list(Path.of(""));
        Stream<Path> docs = Files.walk(Path.of("docs"));
        Stream<Path> clients = Files.walk(Path.of("clients"))) {
      return Stream.of(root, docs, clients)
          .flatMap(files -> files)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static Stream<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1));
  }

  private static Set<String> anchors(Path document) throws IOException {
    return found(HEADING, CODE.matcher(Files.readString(document)).replaceAll(DocumentsTest::kept))
        .map(heading -> heading.toLowerCase(java.util.Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").strip().replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  // code within a line may be part of a heading; blocks of code have none
  private static String kept(MatchResult code) {
    return code.group().startsWith("```")
        ? ""
        : java.util.regex.Matcher.quoteReplacement(code.group().replace("`", ""));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyInternalLinkResolves(Path document) throws IOException {
    String text = CODE.matcher(Files.readString(document)).replaceAll("");
    for (String link : found(LINK, text).toList()) {
      if (link.startsWith("http:") || link.startsWith("https:") || link.startsWith("mailto:")) {
        continue;
      }
      int hash = link.indexOf('#');
      String file = hash < 0 ? link : link.substring(0, hash);
      Path target = file.isEmpty() ? document : document.resolveSibling(file).normalize();
      assertThat(target).as("%s links to %s", document, link).exists();
      if (hash >= 0) {
        assertThat(anchors(target))
            .as("%s links to %s", document, link)
            .contains(link.substring(hash + 1));
      }
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** A file is named by its path from the root, by the end of it, or by its name alone. */
  @ParameterizedTest
  @MethodSource("documentsThatNameFiles")
  void everyFileThatIsNamedExists(Path document) throws IOException {
    List<Path> sources = sources();
    for (String name : found(NAMED_FILE, Files.readString(document)).toList()) {
      boolean exists =
          Files.exists(Path.of(name))
              || sources.stream().anyMatch(source -> source.endsWith(Path.of(name)));
      assertThat(exists).as("%s names %s", document, name).isTrue();
    }
  }

  static List<Path> documentsThatNameFiles() {
    return Stream.of("docs/architecture.md", "CONTRIBUTING.md")
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/reliability.md", "docs/security.md"})
  void everyTestThatHoldsAPromiseExists(Path document) throws IOException {
    List<Path> sources = sources();
    for (MatchResult named : NAMED_TEST.matcher(Files.readString(document)).results().toList()) {
      String test = named.group(1);
      Path source =
          sources.stream().filter(each -> each.endsWith(test + ".java")).findFirst().orElse(null);
      assertThat(source).as("%s names %s", document, test).isNotNull();
      if (named.group(2) != null) {
        assertThat(Files.readString(source)).contains(" " + named.group(2) + "(");
      }
    }
  }

  @Test
  void theFrontPageIsShort() throws IOException {
    assertThat(Files.readAllLines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(120);
  }
}
