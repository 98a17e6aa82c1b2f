package io.parley;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The bill of materials, which the profile {@code sbom} writes, against docs/dependencies.md. */
@Tag("fast")
class DependenciesTest {
  private static final Path BILL = Path.of("target/bom.json");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([^`]+)` \\| (\\S+) \\| (\\d{4}-\\d{2}-\\d{2}) \\| \\S.*\\|$");
  private static final Pattern LICENCES =
      Pattern.compile("(?s)Allowed licences: (.*?)\\.\\nOf several");
  private static String page;
  private static List<JsonObject> components;

  @BeforeAll
  static void read() throws IOException {
    assumeTrue(Files.exists(BILL), "mvn -Psbom writes the bill of materials");
    page = Files.readString(Path.of("docs/dependencies.md"));
    JsonArray listed = new JsonObject(Files.readString(BILL)).getJsonArray("components");
    components = listed.stream().map(JsonObject.class::cast).toList();
    assertThat(components).hasSizeGreaterThan(50);
  }

  @Test
  void everyComponentHasALicenceThatIsAllowed() {
    Matcher list = LICENCES.matcher(page);
    assertThat(list.find()).isTrue();
    Set<String> allowed = Set.of(list.group(1).replace("`", "").split(",\\s+", -1));
    for (JsonObject component : components) {
      assertThat(licences(component))
          .describedAs(component.getString("purl"))
          .anyMatch(allowed::contains);
    }
  }

  private static List<String> licences(JsonObject component) {
    List<String> licences = new ArrayList<>();
    for (Object each : component.getJsonArray("licenses", new JsonArray())) {
      JsonObject licence = ((JsonObject) each).getJsonObject("license", new JsonObject());
      licences.add(licence.getString("id", licence.getString("name", "unknown")));
    }
    return licences;
  }

  @Test
  void theAdvisoriesOfEveryVersionWereLookedAt() {
    Map<String, Set<String>> seen = new HashMap<>();
    Matcher rows = ROW.matcher(page);
    while (rows.find()) {
      seen.computeIfAbsent(rows.group(1), any -> new HashSet<>()).add(rows.group(2));
    }
    Set<String> used = new HashSet<>();
    for (JsonObject component : components) {
      String group = component.getString("group");
      String name = group + ":" + component.getString("name");
      String known = seen.containsKey(name) ? name : group;
      used.add(known);
      assertThat(seen.getOrDefault(known, Set.of()))
          .describedAs("%s: look at its advisories, then change docs/dependencies.md", name)
          .contains(component.getString("version"));
    }
    assertThat(used).describedAs("rows of what is still used").containsAll(seen.keySet());
  }
}
