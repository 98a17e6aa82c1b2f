package io.parley.api.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The page that explains the problem types has every type, and no other. */
@Tag("fast")
class ProblemsPageTest {
  private static final Pattern ENTRY =
      Pattern.compile("(?m)^### (\\w+)\\n\\n\\*\\*(\\d{3})\\*\\*[.,]");
  private static final Pattern DOCUMENTED =
      Pattern.compile("value: \\{ type: (\\w+), title: [^,]+, status: (\\d+)");
  private static final Pattern MADE =
      Pattern.compile(
          "\\bof\\(\\s*(\\d{3}),\\s*\"(\\w+)\"|new Problem\\(\\s*(\\d{3}),\\s*\"(\\w+)\"");
  private static final Pattern CONFLICT = Pattern.compile("\\bconflict\\(\\s*\"(\\w+)\"");
  private static final Pattern RULE = Pattern.compile("\\brule\\(\\s*\"(\\w+)\"");

  private static Set<String> types(Pattern pattern, String text, String status) {
    Set<String> found = new TreeSet<>();
    pattern.matcher(text).results().forEach(match -> found.add(match.group(1) + " " + status));
    return found;
  }

  private static Set<String> typesInTheSources() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/parley"))) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        if (file.toString().contains("simulator")) {
          continue;
        }
        String text = Files.readString(file);
        found.addAll(types(CONFLICT, text, "409"));
        found.addAll(types(RULE, text, "422"));
        MADE.matcher(text)
            .results()
            .forEach(
                match ->
                    found.add(
                        match.group(1) == null
                            ? match.group(4) + " " + match.group(3)
                            : match.group(2) + " " + match.group(1)));
      }
    }
    return found;
  }

  private static Set<String> typesInTheContract() throws IOException {
    Set<String> found = new TreeSet<>();
    String contract = Files.readString(Path.of("src/main/resources/openapi.yaml"));
    DOCUMENTED
        .matcher(contract)
        .results()
        .forEach(match -> found.add(match.group(1) + " " + match.group(2)));
    return found;
  }

  @Test
  void everyTypeHasAnEntryWithItsStatus() throws IOException {
    Set<String> entries = new TreeSet<>();
    String page = Files.readString(Path.of("docs/problems.md"));
    ENTRY
        .matcher(page)
        .results()
        .forEach(match -> entries.add(match.group(1) + " " + match.group(2)));
    Set<String> types = typesInTheSources();
    types.addAll(typesInTheContract());
    assertThat(types).contains("unknown_member 422", "bug 500", "taken 409", "invalid 400");
    assertThat(entries).containsExactlyElementsOf(types);
  }

  @Test
  void everyEntrySaysWhatToDo() throws IOException {
    String page = Files.readString(Path.of("docs/problems.md"));
    for (String entry : page.split("(?m)^### ", -1)) {
      if (!entry.startsWith("# ")) {
        assertThat(entry).contains("\n**Do:** ");
      }
    }
  }
}
