package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
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
    for (String name : List.of("postgres", "gateway", "node-1", "node-2", "node-3", "front")) {
      assertThat(services.get(name))
          .describedAs(name)
          .containsEntry("cap_drop", List.of("ALL"))
          .containsEntry("security_opt", List.of("no-new-privileges:true"))
          .containsEntry("read_only", true);
      assertThat((List<String>) services.get(name).getOrDefault("ports", List.of()))
          .allMatch(port -> port.startsWith("127.0.0.1:"));
    }
  }

  @Test
  @SuppressWarnings("unchecked")
  void theNodesOfTheClusterAreThoseOfItsFront() throws IOException {
    Map<String, Object> compose = new Yaml().load(Files.readString(Path.of("docker-compose.yml")));
    Map<String, Map<String, Object>> services =
        (Map<String, Map<String, Object>>) compose.get("services");
    String front = String.valueOf(services.get("front").get("command"));
    String conf = Files.readString(Path.of("conf/nginx.conf"));
    for (int i = 1; i <= 3; i++) {
      Map<String, String> environment =
          (Map<String, String>) services.get("node-" + i).get("environment");
      Map<String, Map<String, String>> networks =
          (Map<String, Map<String, String>>) services.get("node-" + i).get("networks");
      String address = "172.30.57.1" + i;
      assertThat(networks.get("cluster")).containsEntry("ipv4_address", address);
      assertThat(environment)
          .containsEntry("PARLEY_CLUSTER_HOST", address)
          .containsEntry("PARLEY_TRUSTED_PROXIES", "172.30.57.10");
      assertThat(environment.get("PARLEY_CLUSTER_MEMBERS")).contains(address + ":5701");
      // once for each group of nodes
      assertThat(conf.split("server 127.0.0.1:808" + i + " ", -1)).hasSize(3);
      Map<String, String> settings = new HashMap<>(environment);
      settings.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
      assertThat(SettingsFile.load(settings).cluster().host()).isEqualTo(address);
    }
    assertThat(front).contains("server 172.30.57.1\\1:8080 ");
    assertThat(conf).contains("listen 127.0.0.1:8080 ");
  }
}
