package io.parley.settings;

import java.util.Optional;

/**
 * The simulated providers of the sandbox.
 *
 * @param own whether this process starts them, or uses a simulator that runs already
 * @param port 0 picks a free one
 * @param gateway where they send callbacks; empty means the gateway that started them
 * @param exposed whether other machines may call them
 */
public record SimulatorSettings(
    boolean own, String host, int port, Optional<String> gateway, boolean exposed) {
  static final String PORT = "simulator.port";
  private static final String GATEWAY = "simulator.gateway";

  private enum Run {
    OWN,
    SHARED
  }

  static SimulatorSettings of(SettingsReader reader) {
    return new SimulatorSettings(
        reader.oneOf("simulator.run", Run.class) == Run.OWN,
        reader.optional("http.host").orElse("127.0.0.1"),
        reader.whole(PORT, 0, 65_535),
        reader.optional(GATEWAY).map(url -> reader.origin(GATEWAY, url)),
        reader.yes(SandboxExposure.KEY));
  }
}
