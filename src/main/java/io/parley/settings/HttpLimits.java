package io.parley.settings;

import java.time.Duration;

/**
 * Bounds of the public port.
 *
 * @param maxUri bytes of a request line
 * @param maxHeaders bytes of all headers of a request
 * @param maxBody bytes of a request body; uploads have a bound of their own
 * @param maxBodies bytes of all request bodies in memory, per event loop
 * @param maxConnections connections per event loop, sockets included
 * @param maxConnectionsPerAddress connections of one client address per node, sockets included; 0
 *     means any number
 * @param maxDownloads files being sent at a time per node
 * @param maxDownloadsPerCaller files being sent to one caller at a time
 * @param idleTimeout how long a connection may stay open without a request
 * @param bodyTimeout how long a request body may take to arrive
 * @param writeTimeout how long a client may leave an answer unread
 * @param leaveTime how long a stopping node still takes requests, so that reverse proxies turn away
 */
public record HttpLimits(
    int maxUri,
    int maxHeaders,
    long maxBody,
    long maxBodies,
    int maxConnections,
    int maxConnectionsPerAddress,
    int maxDownloads,
    int maxDownloadsPerCaller,
    Duration idleTimeout,
    Duration bodyTimeout,
    Duration writeTimeout,
    Duration leaveTime) {
  private static final String LEAVE_TIME = "http.leave_time";
  private static final Duration LEAVE_TIME_IN_CLUSTER = Duration.ofSeconds(3);

  static HttpLimits of(SettingsReader reader) {
    return new HttpLimits(
        reader.whole("http.max_uri", 1_024, 65_536),
        reader.whole("http.max_headers", 2_048, 262_144),
        reader.whole("http.max_body", 65_536L, 64L << 20),
        reader.whole("http.max_bodies", 32L << 20, 64L << 30),
        reader.whole("http.max_connections", 10, 1_000_000),
        reader.whole("http.max_connections_per_address", 0, 1_000_000),
        reader.whole("http.max_downloads", 1, 100_000),
        reader.whole("http.max_downloads_per_caller", 1, 100_000),
        reader.duration("http.idle_timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
        reader.duration("http.body_timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
        reader.duration("http.write_timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
        leaveTime(reader));
  }

  private static Duration leaveTime(SettingsReader reader) {
    if (reader.optional(LEAVE_TIME).isEmpty()) {
      return reader.yes(ClusterSettings.ENABLED) ? LEAVE_TIME_IN_CLUSTER : Duration.ZERO;
    }
    return reader.duration(LEAVE_TIME, Duration.ZERO, LEAVE_TIME_IN_CLUSTER);
  }
}
