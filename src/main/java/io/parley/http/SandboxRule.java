package io.parley.http;

import io.parley.api.auth.Caller;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a request without credentials. In the sandbox a program on this machine, or one of
 * our pages, acts as the built-in agent. A page of another origin does not, even if it reaches us
 * under a local name, and neither does anything that a proxy passes on, unless the proxy runs on
 * this machine, is trusted, and says that its client does, too.
 */
final class SandboxRule {
  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "::1");
  private static final Set<String> SAME_SITE = Set.of("same-origin", "none");

  private final Optional<Caller> agent;
  private final OriginRule origins;
  private final boolean exposed;

  /** {@code exposed}: other machines reach the sandbox on purpose, under a local name. */
  SandboxRule(Optional<Caller> agent, OriginRule origins, boolean exposed) {
    this.agent = agent;
    this.origins = origins;
    this.exposed = exposed;
  }

  Caller callerWithoutCredentials(HttpExchange exchange) {
    return agent
        .filter(any -> comesFromHere(exchange.source()) && isLocalRequest(exchange.request()))
        .orElseGet(Caller::nobody);
  }

  private boolean comesFromHere(RequestSource source) {
    return switch (source.route()) {
      case DIRECT -> exposed || source.client().isLoopback();
      case LOCAL_PROXY -> source.client().isLoopback();
      case PROXY, CONTRADICTORY -> false;
    };
  }

  private boolean isLocalRequest(HttpServerRequest request) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    String site = request.getHeader("Sec-Fetch-Site");
    String forwardedHost = request.getHeader("X-Forwarded-Host");
    return isLocal(request.getHeader(HttpHeaders.HOST))
        && (forwardedHost == null || isLocal(forwardedHost))
        && (origin == null || origins.isOwn(origin))
        && (site == null || SAME_SITE.contains(site));
  }

  static boolean isLocal(@Nullable String host) {
    if (host == null) {
      return false;
    }
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end > 0 && LOCAL.contains(host.substring(1, end)) && isPort(host.substring(end + 1));
    }
    int colon = host.indexOf(':');
    String name = colon < 0 ? host : host.substring(0, colon);
    return LOCAL.contains(name.toLowerCase(java.util.Locale.ROOT))
        && isPort(colon < 0 ? "" : host.substring(colon));
  }

  private static boolean isPort(String rest) {
    return rest.isEmpty() || rest.matches(":[0-9]{1,5}");
  }
}
