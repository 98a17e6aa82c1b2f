package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The files with which the gateway is deployed. */
@Tag("fast")
class DeploymentTest {
  @Test
  void aProcessFitsItsContainerAndEndsWithoutMemory() throws IOException {
    assertThat(Files.readAllLines(Path.of("conf/jvm.options")))
        .contains("-XX:MaxRAMPercentage=40", "-XX:+ExitOnOutOfMemoryError");
    for (String start : List.of("bin/gateway", "Dockerfile")) {
      assertThat(Files.readString(Path.of(start))).contains("@conf/jvm.options");
    }
  }

  @Test
  void theImagesRunAsAnUnprivilegedUser() throws IOException {
    List<String> stages = List.of(Files.readString(Path.of("Dockerfile")).split("(?m)^FROM ", -1));
    assertThat(stages.subList(1, stages.size()))
        .hasSize(2)
        .allSatisfy(stage -> assertThat(stage).containsPattern("(?m)^USER parley$"));
  }

  @Test
  @SuppressWarnings("unchecked")
  void theServicesOfTheSandboxHaveNoPrivileges() throws IOException {
    Map<String, Object> compose = new Yaml().load(Files.readString(Path.of("docker-compose.yml")));
    Map<String, Map<String, Object>> services =
        (Map<String, Map<String, Object>>) compose.get("services");
    for (String name : List.of("postgres", "gateway")) {
      assertThat(services.get(name))
          .describedAs(name)
          .containsEntry("cap_drop", List.of("ALL"))
          .containsEntry("security_opt", List.of("no-new-privileges:true"))
          .containsEntry("read_only", true);
      assertThat((List<String>) services.get(name).get("ports"))
          .isNotEmpty()
          .allMatch(port -> port.startsWith("127.0.0.1:"));
    }
  }
}
