package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * The tags by which tests are chosen: {@code fast} needs nothing but the JVM, {@code integration} a
 * database, a gateway or a process, {@code fault} breaks things at random or takes long.
 */
@Tag("fast")
class TestTagsTest {
  private static final Set<String> TAGS = Set.of("fast", "integration", "fault");

  @Test
  void everyTestClassHasExactlyOneTag() {
    List<JavaClass> classes =
        new ClassFileImporter()
                .withImportOption(new ImportOption.OnlyIncludeTests())
                .importPackages("io.parley")
                .stream()
                .filter(TestTagsTest::hasTests)
                .toList();

    assertThat(classes).hasSizeGreaterThan(50);
    assertThat(classes)
        .allSatisfy(each -> assertThat(tag(each)).describedAs(each.getName()).isIn(TAGS));
  }

  private static boolean hasTests(JavaClass type) {
    return type.getMethods().stream()
        .anyMatch(
            method ->
                method.isAnnotatedWith(Test.class)
                    || method.isAnnotatedWith(TestFactory.class)
                    || method.isAnnotatedWith(ParameterizedTest.class));
  }

  private static String tag(JavaClass type) {
    return type.tryGetAnnotationOfType(Tag.class).map(Tag::value).orElse("no tag");
  }
}
