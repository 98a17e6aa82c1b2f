package io.parley.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PasswordCostTest {
  @Test
  void configurationAlwaysGivesTheStandardCost() {
    Settings settings =
        SettingsFile.load(
            Map.of(
                "PARLEY_MODE",
                "sandbox",
                "PARLEY_SECRET",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));

    assertThat(settings.accounts().auth().passwordCost()).isEqualTo(PasswordCost.STANDARD);
  }
}
