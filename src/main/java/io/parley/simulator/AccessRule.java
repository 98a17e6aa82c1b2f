package io.parley.simulator;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rule of who may call the simulator: programs on this machine and its own page, and never
 * through a proxy. A page of another origin may link to the simulator's page, but may not call it.
 */
final class AccessRule {
  private static final Pattern LOCAL =
      Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");
  private static final Set<String> ALLOWED_SITES = Set.of("same-origin", "none");

  private static final List<String> FORWARDED =
      List.of(
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "X-Real-IP",
          "Via");

  private final boolean exposed;

  /** {@code exposed}: other machines may call it, under a local name. */
  AccessRule(boolean exposed) {
    this.exposed = exposed;
  }

  /** The problem of a request that is not allowed. */
  Optional<SimulatorProblem> check(HttpServerRequest request, boolean page) {
    if (!exposed && !isLocal(request.remoteAddress())) {
      return forbidden("Only programs on the same machine may call the simulator.");
    }
    if (FORWARDED.stream().anyMatch(request.headers()::contains)) {
      return forbidden("The simulator may not be called through a proxy.");
    }
    String host = lower(request.getHeader("Host"));
    String origin = lower(request.getHeader("Origin"));
    String site = lower(request.getHeader("Sec-Fetch-Site"));
    if (!LOCAL.matcher(host).matches()) {
      return forbidden("Use localhost, 127.0.0.1 or [::1] as the host.");
    }
    if (!origin.isEmpty() && !isOwn(origin, request)) {
      return forbidden("Requests from pages of " + origin + " are not allowed.");
    }
    return page || site.isEmpty() || ALLOWED_SITES.contains(site)
        ? Optional.empty()
        : forbidden("Requests from pages of other sites are not allowed.");
  }

  private static boolean isLocal(@Nullable SocketAddress peer) {
    String address = peer == null ? null : peer.hostAddress();
    return address != null && InetAddress.ofLiteral(address).isLoopbackAddress();
  }

  private static boolean isOwn(String origin, HttpServerRequest request) {
    return origin.startsWith("http://")
        && LOCAL.matcher(origin.substring("http://".length())).matches()
        && port(origin.substring("http://".length())).equals(port(request));
  }

  // the port the client used, which behind a port forward is not the one we listen on
  private static String port(HttpServerRequest request) {
    return port(lower(request.getHeader("Host")));
  }

  private static String port(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(colon) : ":80";
  }

  private static Optional<SimulatorProblem> forbidden(String detail) {
    return Optional.of(SimulatorProblem.forbidden(detail));
  }

  private static String lower(@Nullable String header) {
    return header == null ? "" : header.toLowerCase(Locale.ROOT);
  }
}
