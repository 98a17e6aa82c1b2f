package io.parley.settings;

import java.time.Duration;

/**
 * How long the database may take for what.
 *
 * @param connect to open a connection, or to wait for a free one
 * @param statement for a statement of a transaction, or of a heavy read
 * @param read for a read that looks up by key
 * @param write for a batch of a write lane
 * @param lock to wait for a row that another transaction holds
 * @param heartbeat to answer anything at all
 * @param keepAlive without use, before a connection is asked whether it is alive
 */
public record DatabaseTimeouts(
    Duration connect,
    Duration statement,
    Duration read,
    Duration write,
    Duration lock,
    Duration heartbeat,
    Duration keepAlive) {
  private static final Duration MIN = Duration.ofMillis(100);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  static DatabaseTimeouts of(SettingsReader reader) {
    return new DatabaseTimeouts(
        reader.duration("database.connect_timeout", MIN, MINUTE),
        reader.duration("database.statement_timeout", MIN, Duration.ofMinutes(10)),
        reader.duration("database.read_timeout", MIN, MINUTE),
        reader.duration("database.write_timeout", MIN, MINUTE),
        reader.duration("database.lock_timeout", MIN, MINUTE),
        reader.duration("database.heartbeat_timeout", MIN, MINUTE),
        reader.duration("database.keepalive", Duration.ofSeconds(1), Duration.ofHours(1)));
  }
}
