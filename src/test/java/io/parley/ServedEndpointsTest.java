package io.parley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.parley.bus.Bus;
import io.parley.bus.Readiness;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ServedEndpointsTest {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void aStartWithAnEndpointThatNobodyServesIsRefused() {
    bus.serve(
        Readiness.CHECK,
        question -> Future.succeededFuture(new Readiness(Map.of("database", "up"))));

    assertThatThrownBy(() -> ServedEndpoints.requireAll(bus))
        .hasMessageStartingWith("No room serves ")
        .hasMessageContaining("timeline.")
        .message()
        .doesNotContain(Readiness.CHECK.address());
  }

  @Test
  void everyClassThatDeclaresPublicEndpointsIsChecked() {
    Set<String> declaring =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.parley")
                .stream()
                .filter(each -> each.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(each -> each.getFields().stream().anyMatch(ServedEndpointsTest::isEndpoint))
                .map(JavaClass::getName)
                .collect(Collectors.toSet());

    assertThat(declaring)
        .isEqualTo(
            ServedEndpoints.DECLARING.stream().map(Class::getName).collect(Collectors.toSet()));
  }

  private static boolean isEndpoint(JavaField field) {
    return field.getModifiers().contains(JavaModifier.STATIC)
        && field.getRawType().getName().equals("io.parley.bus.Endpoint");
  }
}
