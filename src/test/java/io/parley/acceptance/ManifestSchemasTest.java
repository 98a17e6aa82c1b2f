package io.parley.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The manifests for Kubernetes fit its schemas, and have no other fields. */
@Tag("clients")
class ManifestSchemasTest {
  @Test
  void everyManifestFits() throws Exception {
    Path folder =
        Tools.copy(
            Path.of("src", "test", "clients", "kubernetes"), Path.of("target", "manifest-schemas"));
    Tools.installPackages(folder);
    List<String> command = new ArrayList<>(List.of("node", "check.mjs"));
    try (Stream<Path> files = Files.list(Path.of("deploy", "kubernetes"))) {
      files
          .map(file -> file.toAbsolutePath().toString())
          .filter(file -> file.endsWith(".yaml") && !file.endsWith("kustomization.yaml"))
          .forEach(command::add);
    }
    assertThat(Tools.run(folder, command)).contains("5 manifests fit their schemas");
  }
}
