package io.parley.settings;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The public port.
 *
 * @param publicUrl how clients reach it
 * @param ownOrigins origins of the gateway's own pages
 * @param guestOrigins origins of other sites whose pages may call it
 * @param sandboxExposed whether other machines may reach a sandbox and act as its agent
 */
public record HttpSettings(
    String publicUrl,
    String host,
    int port,
    int eventLoops,
    Set<String> ownOrigins,
    Set<String> guestOrigins,
    ProxySettings proxies,
    boolean sandboxExposed,
    HttpLimits limits) {

  static HttpSettings of(SettingsReader reader, Mode mode) {
    int loops = reader.whole("http.event_loops", 0, 256);
    int port = reader.whole("http.port", 0, 65_535);
    Optional<String> configured = reader.requiredInProduction("public_url", mode);
    String publicUrl = reader.origin("public_url", configured.orElse("http://localhost:" + port));
    String host =
        reader.optional("http.host").orElse(mode == Mode.SANDBOX ? "127.0.0.1" : "0.0.0.0");
    return new HttpSettings(
        publicUrl,
        host,
        port,
        loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
        ownOrigins(mode, publicUrl),
        guestOrigins(reader),
        ProxySettings.of(reader),
        SandboxExposure.of(reader, mode, host),
        HttpLimits.of(reader));
  }

  // in the sandbox a browser may have opened our pages under any name of this machine
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

  private static Set<String> guestOrigins(SettingsReader reader) {
    return reader.list("origins").stream()
        .map(origin -> reader.origin("origins", origin))
        .collect(Collectors.toSet());
  }
}
