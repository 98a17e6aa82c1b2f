package io.parley.settings;

import java.util.Optional;

/**
 * The simulated providers of the sandbox.
 *
 * @param own whether this process runs them; else one that runs already is used
 * @param port 0 picks a free one
 * @param gateway where they call back; this gateway if it is not told
 */
public record SimulatorSettings(boolean own, String host, int port, Optional<String> gateway) {
  static final String PORT = "simulator.port";

  private enum Run {
    OWN,
    SHARED
  }

  static SimulatorSettings of(SettingValues values) {
    return new SimulatorSettings(
        values.oneOf("simulator.run", Run.class) == Run.OWN,
        values.optional("http.host").orElse("127.0.0.1"),
        values.whole(PORT, 0, 65_535),
        values
            .optional("simulator.gateway")
            .map(url -> SettingValues.origin("simulator.gateway", url)));
  }
}
