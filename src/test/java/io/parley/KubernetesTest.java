package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.settings.Settings;
import io.parley.settings.SettingsFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The manifests agree with each other and with what the gateway reads and listens on. */
@Tag("fast")
class KubernetesTest {
  private static final Path FOLDER = Path.of("deploy", "kubernetes");
  private static final int STOP_SECONDS = 10;

  private final JsonObject deployment = manifests("deployment.yaml").getFirst();
  private final JsonObject pod = deployment.getJsonObject("spec").getJsonObject("template");
  private final JsonObject spec = pod.getJsonObject("spec");
  private final JsonObject container = spec.getJsonArray("containers").getJsonObject(0);
  private final JsonObject labels = pod.getJsonObject("metadata").getJsonObject("labels");

  private static List<JsonObject> manifests(String file) {
    List<JsonObject> all = new ArrayList<>();
    for (Object document : new Yaml().loadAll(text(file))) {
      @SuppressWarnings("unchecked")
      Map<String, Object> manifest = (Map<String, Object>) document;
      all.add(new JsonObject(manifest));
    }
    return all;
  }

  private static String text(String file) {
    try {
      return Files.readString(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast);
  }

  /** The environment of a container, with a secret that an operator has filled in. */
  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    JsonObject kustomization = manifests("kustomization.yaml").getFirst();
    objects(kustomization.getJsonArray("configMapGenerator"))
        .flatMap(map -> map.getJsonArray("literals").stream())
        .forEach(line -> add(environment, line.toString()));
    text("secret.example.env").lines().forEach(line -> add(environment, line));
    environment.put("PARLEY_SECRET", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    environment.put("PARLEY_ADMIN_PASSWORD", "a long password");
    objects(container.getJsonArray("env"))
        .forEach(variable -> environment.put(variable.getString("name"), "10.1.2.3"));
    // of the image
    environment.put("PARLEY_HTTP_HOST", "0.0.0.0");
    environment.put("PARLEY_DATA_DIR", "/data");
    return environment;
  }

  private static void add(Map<String, String> environment, String line) {
    int equals = line.indexOf('=');
    environment.put(line.substring(0, equals), line.substring(equals + 1));
  }

  private Map<String, Integer> ports() {
    Map<String, Integer> ports = new HashMap<>();
    objects(container.getJsonArray("ports"))
        .forEach(port -> ports.put(port.getString("name"), port.getInteger("containerPort")));
    return ports;
  }

  @Test
  void theGatewayStartsWithTheSettingsOfAPod() {
    Settings settings = SettingsFile.load(environment());

    assertThat(settings.cluster().enabled()).isTrue();
    assertThat(settings.cluster().host()).isEqualTo("10.1.2.3");
    assertThat(settings.cluster().members())
        .containsExactly(nodes().getJsonObject("metadata").getString("name") + ":5701");
    assertThat(ports())
        .isEqualTo(
            Map.of(
                "http", settings.http().port(),
                "membership", settings.cluster().port(),
                "news", settings.cluster().newsPort()));
  }

  private static JsonObject nodes() {
    return manifests("services.yaml").stream()
        .filter(service -> "None".equals(service.getJsonObject("spec").getString("clusterIP")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void servicesBudgetAndPolicyMeanThesePods() {
    assertThat(deployment.getJsonObject("spec").getJsonObject("selector"))
        .isEqualTo(new JsonObject().put("matchLabels", labels));
    for (JsonObject service : manifests("services.yaml")) {
      assertThat(service.getJsonObject("spec").getJsonObject("selector")).isEqualTo(labels);
      objects(service.getJsonObject("spec").getJsonArray("ports"))
          .forEach(port -> assertThat(ports()).containsKey(port.getString("targetPort")));
    }
    for (String file : List.of("disruption-budget.yaml", "network-policies.yaml")) {
      JsonObject of = manifests(file).getFirst().getJsonObject("spec");
      JsonObject selector = of.getJsonObject("selector", of.getJsonObject("podSelector"));
      assertThat(selector.getJsonObject("matchLabels")).describedAs(file).isEqualTo(labels);
    }
  }

  @Test
  void onlyGatewaysReachThePortsOfTheCluster() {
    JsonObject policy = manifests("network-policies.yaml").getFirst().getJsonObject("spec");
    List<JsonObject> rules = objects(policy.getJsonArray("ingress")).toList();

    assertThat(rules).hasSize(2);
    assertThat(rules.get(0).encode()).isEqualTo("{\"ports\":[{\"port\":\"http\"}]}");
    assertThat(objects(rules.get(1).getJsonArray("ports")).map(port -> port.getString("port")))
        .containsExactly("membership", "news");
    JsonObject from = rules.get(1).getJsonArray("from").getJsonObject(0);
    assertThat(from.getJsonObject("podSelector").getJsonObject("matchLabels")).isEqualTo(labels);
  }

  @Test
  void aPodHasTimeToLeave() {
    JsonArray pause =
        container
            .getJsonObject("lifecycle")
            .getJsonObject("preStop")
            .getJsonObject("exec")
            .getJsonArray("command");

    assertThat(pause.getString(0)).isEqualTo("sleep");
    assertThat(spec.getInteger("terminationGracePeriodSeconds"))
        .isGreaterThanOrEqualTo(Integer.parseInt(pause.getString(1)) + STOP_SECONDS);
  }
}
