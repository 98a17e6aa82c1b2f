package io.parley.settings;

import java.net.InetAddress;

/** The rule that a sandbox is reached from its own machine only, unless that is switched off. */
final class SandboxExposure {
  static final String KEY = "sandbox.exposed";

  private SandboxExposure() {}

  /**
   * Whether other machines may reach a sandbox. If not, a sandbox whose {@code host} they reach is
   * a mistake.
   */
  static boolean of(SettingsReader reader, Mode mode, String host) {
    boolean exposed = reader.yes(KEY);
    if (mode == Mode.SANDBOX && !exposed && !isLoopback(host)) {
      reader.mistake(
          "http.host",
          "other machines reach "
              + host
              + ", and anyone who reaches a sandbox may do everything in it; set"
              + " PARLEY_SANDBOX_EXPOSED=yes if that is intended");
    }
    return exposed;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || AddressRange.of(host)
            .map(AddressRange::network)
            .filter(InetAddress::isLoopbackAddress)
            .isPresent();
  }
}
