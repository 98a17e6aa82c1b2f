package io.parley.settings;

import java.time.Duration;

/**
 * Bounds of the public port.
 *
 * @param maxUri bytes of a request line
 * @param maxHeaders bytes of all headers of a request
 * @param maxBody bytes of a request body; uploads have a bound of their own
 * @param maxConnections connections per event loop, sockets included
 * @param idleTimeout how long a connection may stay open without a request
 * @param bodyTimeout how long a request body may take to arrive
 */
public record HttpLimits(
    int maxUri,
    int maxHeaders,
    long maxBody,
    int maxConnections,
    Duration idleTimeout,
    Duration bodyTimeout) {

  static HttpLimits of(SettingsReader reader) {
    return new HttpLimits(
        reader.whole("http.max_uri", 1_024, 65_536),
        reader.whole("http.max_headers", 2_048, 262_144),
        reader.whole("http.max_body", 65_536L, 64L << 20),
        reader.whole("http.max_connections", 10, 1_000_000),
        reader.duration("http.idle_timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
        reader.duration("http.body_timeout", Duration.ofSeconds(1), Duration.ofHours(1)));
  }
}
