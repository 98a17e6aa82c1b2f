package io.parley.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Where the truth is kept, and how much of it may be asked for at once. */
public record DatabaseSettings(
    Optional<String> url,
    Path dataDir,
    int readConnections,
    int writeConnections,
    int writeLanes,
    int waitQueue,
    Duration connectTimeout,
    Duration statementTimeout) {

  static DatabaseSettings of(SettingValues values, Path dataDir) {
    int lanes = values.whole("database.write_lanes", 0, 64);
    int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    return new DatabaseSettings(
        values.optional("database.url"),
        dataDir,
        values.whole("database.read_connections", 1, 500),
        values.whole("database.write_connections", 1, 500),
        lanes == 0 ? half : lanes,
        values.whole("database.wait_queue", 1, 1_000_000),
        values.duration("database.connect_timeout", Duration.ofMillis(100), Duration.ofMinutes(1)),
        values.duration(
            "database.statement_timeout", Duration.ofMillis(100), Duration.ofMinutes(10)));
  }
}
