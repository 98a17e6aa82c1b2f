package io.parley.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The database and the bounds on its use.
 *
 * @param url an operator's own PostgreSQL; empty means the embedded one
 * @param dataDir the directory of the embedded one
 */
public record DatabaseSettings(
    Optional<String> url,
    Path dataDir,
    int readConnections,
    int writeConnections,
    int writeLanes,
    int waitQueue,
    Duration connectTimeout,
    Duration statementTimeout) {

  static DatabaseSettings of(SettingsReader reader, Mode mode) {
    int lanes = reader.whole("database.write_lanes", 0, 64);
    int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    return new DatabaseSettings(
        reader.requiredInProduction("database.url", mode),
        Path.of(reader.text("data_dir")),
        reader.whole("database.read_connections", 1, 500),
        reader.whole("database.write_connections", 1, 500),
        lanes == 0 ? half : lanes,
        reader.whole("database.wait_queue", 1, 1_000_000),
        reader.duration("database.connect_timeout", Duration.ofMillis(100), Duration.ofMinutes(1)),
        reader.duration(
            "database.statement_timeout", Duration.ofMillis(100), Duration.ofMinutes(10)));
  }
}
