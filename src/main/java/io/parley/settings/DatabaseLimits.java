package io.parley.settings;

/**
 * How many connections to the database a node uses for what, and how many requests may wait for
 * them.
 */
public record DatabaseLimits(
    int readConnections,
    int heavyConnections,
    int heavyQueue,
    int writeConnections,
    int writeLanes,
    int waitQueue) {

  static DatabaseLimits of(SettingsReader reader) {
    int lanes = reader.whole("database.write_lanes", 0, 64);
    int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    return new DatabaseLimits(
        reader.whole("database.read_connections", 1, 500),
        reader.whole("database.heavy_connections", 1, 100),
        reader.whole("database.heavy_queue", 1, 100_000),
        reader.whole("database.write_connections", 1, 500),
        lanes == 0 ? half : lanes,
        reader.whole("database.wait_queue", 1, 1_000_000));
  }
}
