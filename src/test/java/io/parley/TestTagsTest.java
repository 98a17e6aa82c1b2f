package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The tags by which tests are chosen: {@code fast} needs nothing but the JVM, {@code integration} a
 * database, a gateway or a process, {@code clients} the tools of other languages, {@code fault}
 * breaks things at random or takes long.
 */
@Tag("fast")
class TestTagsTest {
  private static final Set<String> TAGS = Set.of("fast", "integration", "clients", "fault");

  @Test
  void everyTestClassHasExactlyOneTag() throws Exception {
    List<Class<?>> classes = testClasses();

    assertThat(classes).hasSizeGreaterThan(50);
    assertThat(classes)
        .allSatisfy(each -> assertThat(tag(each)).describedAs(each.getName()).isIn(TAGS));
  }

  private static List<Class<?>> testClasses() throws IOException, URISyntaxException {
    Path root =
        Path.of(TestTagsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(file -> root.relativize(file).toString())
          .filter(name -> name.endsWith("Test.class"))
          .<Class<?>>map(TestTagsTest::load)
          .toList();
    }
  }

  private static Class<?> load(String file) {
    String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name, false, TestTagsTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String tag(Class<?> type) {
    Tag[] tags = type.getAnnotationsByType(Tag.class);
    return tags.length == 1 ? tags[0].value() : tags.length + " tags";
  }
}
