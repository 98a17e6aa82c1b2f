package io.parley.settings;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The public port and its bounds. */
public record HttpSettings(
    String host,
    int port,
    Set<String> ownOrigins,
    Set<String> guestOrigins,
    int eventLoops,
    int maxUri,
    int maxHeaders,
    long maxBody,
    int maxConnections,
    Duration idleTimeout,
    Duration bodyTimeout) {

  static HttpSettings of(SettingValues values, Mode mode, String publicUrl) {
    int processors = Runtime.getRuntime().availableProcessors();
    int loops = values.whole("http.event_loops", 0, 256);
    return new HttpSettings(
        values.optional("http.host").orElse(mode == Mode.SANDBOX ? "127.0.0.1" : "0.0.0.0"),
        values.whole("http.port", 0, 65_535),
        ownOrigins(mode, publicUrl),
        guests(values),
        loops == 0 ? processors : loops,
        values.whole("http.max_uri", 1_024, 65_536),
        values.whole("http.max_headers", 2_048, 262_144),
        values.whole("http.max_body", 65_536L, 64L << 20),
        values.whole("http.max_connections", 10, 1_000_000),
        values.duration("http.idle_timeout", Duration.ofSeconds(1), Duration.ofHours(1)),
        values.duration("http.body_timeout", Duration.ofSeconds(1), Duration.ofHours(1)));
  }

  // in the sandbox our own pages may have been opened under any name of this machine
  private static Set<String> ownOrigins(Mode mode, String publicUrl) {
    int colon = publicUrl.lastIndexOf(':');
    String port = colon > 5 ? publicUrl.substring(colon) : "";
    return mode == Mode.PRODUCTION
        ? Set.of(publicUrl)
        : new HashSet<>(
            List.of(
                publicUrl,
                "http://127.0.0.1" + port,
                "http://[::1]" + port,
                "http://localhost" + port));
  }

  private static Set<String> guests(SettingValues values) {
    return values.list("origins").stream()
        .map(origin -> SettingValues.origin("origins", origin))
        .collect(Collectors.toSet());
  }
}
