package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.settings.SettingsFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The text that is printed when the gateway is ready. */
@Tag("fast")
class BannerTest {
  @TempDir private Path folder;

  private String sandbox(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("PARLEY_MODE", "sandbox");
    environment.put("PARLEY_DATA_DIR", folder.toString());
    return Banner.text(
        SettingsFile.load(environment), "http://localhost:8080", OptionalInt.of(8090), 700);
  }

  @Test
  void aSandboxSaysThatItIsInsecureAndWhoActsAsTheAgent() {
    assertThat(sandbox(Map.of()))
        .contains("SANDBOX, insecure: requests from this machine without credentials act as the")
        .contains("and the password is known to everybody")
        .contains("simulator      http://localhost:8090")
        .doesNotContain("EVERYBODY");
    assertThat(sandbox(Map.of("PARLEY_ADMIN_PASSWORD", "another good one")))
        .doesNotContain("known to everybody");
  }

  @Test
  void anExposedSandboxSaysThatOtherMachinesMayDoEverything() {
    String text = sandbox(Map.of("PARLEY_HTTP_HOST", "0.0.0.0", "PARLEY_SANDBOX_EXPOSED", "yes"));
    assertThat(text)
        .contains("SANDBOX, insecure: EVERYBODY who reaches 0.0.0.0 may do everything")
        .contains("from other machines, too")
        .doesNotContain("requests from this machine");
  }
}
