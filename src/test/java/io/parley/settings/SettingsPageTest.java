package io.parley.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code docs/settings.md} lists the settings that exist, each with its variable and default. */
@Tag("fast")
class SettingsPageTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z_.]+)` \\| `([A-Z_]+)` \\| (?:`([^`]*)` )?\\| \\S.* \\|$");

  @Test
  void itListsEverySettingWithItsVariableAndDefault() throws IOException {
    Map<String, String> listed = new LinkedHashMap<>();
    Matcher row = ROW.matcher(Files.readString(Path.of("docs", "settings.md")));
    while (row.find()) {
      assertThat(row.group(2)).isEqualTo(new SettingName(row.group(1)).variable());
      listed.put(row.group(1), row.group(3) == null ? "" : row.group(3));
    }
    assertThat(listed).containsExactlyInAnyOrderEntriesOf(SettingsFile.defaults());
  }
}
