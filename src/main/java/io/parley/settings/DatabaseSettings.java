package io.parley.settings;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The database and the bounds on its use.
 *
 * @param url an operator's own PostgreSQL; empty means the embedded one
 * @param dataDir the directory of the embedded one
 * @param tlsRequired whether a connection to another machine must be encrypted
 */
public record DatabaseSettings(
    Optional<String> url,
    Path dataDir,
    boolean tlsRequired,
    DatabaseLimits limits,
    DatabaseTimeouts timeouts) {
  private enum Tls {
    PREFER,
    REQUIRE
  }

  static DatabaseSettings of(SettingsReader reader, Mode mode) {
    return new DatabaseSettings(
        reader.requiredInProduction("database.url", mode),
        Path.of(reader.text("data_dir")),
        reader.oneOf("database.tls", Tls.class) == Tls.REQUIRE,
        DatabaseLimits.of(reader),
        DatabaseTimeouts.of(reader));
  }
}
