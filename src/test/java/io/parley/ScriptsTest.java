package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scripts work with Bash 3.2 and the BSD tools, which macOS has. */
@Tag("fast")
class ScriptsTest {
  private static final List<String> NOT_PORTABLE =
      List.of(
          "readlink -f",
          "\\bgrep -[A-Za-z]*P",
          "\\bsed -[A-Za-z]*i",
          "\\bdate -d",
          "\\bmapfile\\b",
          "\\breadarray\\b",
          "declare -A",
          "\\$\\{\\w+(,,|\\^\\^)",
          "\\bwait -n\\b",
          "\\bstat -c",
          "\\bxargs -r",
          // an empty array is an unbound variable to Bash 3.2
          "(?<!\\+)\"\\$\\{(cache|sudo)\\[@]}\"");

  static List<Path> scripts() throws IOException {
    try (Stream<Path> scripts = Files.list(Path.of("bin"))) {
      return Stream.concat(scripts, Stream.of(Path.of("Makefile"))).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void noScriptNeedsGnuToolsOrANewBash(Path script) throws IOException {
    assertThat(Files.readAllLines(script))
        .allSatisfy(
            line ->
                assertThat(NOT_PORTABLE).noneMatch(each -> line.matches(".*(?:" + each + ").*")));
  }
}
