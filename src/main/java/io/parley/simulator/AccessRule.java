package io.parley.simulator;

import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask: programs on this machine and our own page. A page from elsewhere may not, whatever
 * name it found us under; but whoever follows a link to our page may see it.
 */
final class AccessRule {
  private static final Pattern LOCAL =
      Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");
  private static final Set<String> OURS = Set.of("same-origin", "none");

  private AccessRule() {}

  /** Why not, if so. */
  static Optional<SimulatorProblem> stops(HttpServerRequest request, boolean page) {
    String host = lower(request.getHeader("Host"));
    String origin = lower(request.getHeader("Origin"));
    String site = lower(request.getHeader("Sec-Fetch-Site"));
    if (!LOCAL.matcher(host).matches()) {
      return stopped("Ask for localhost, 127.0.0.1 or [::1].");
    }
    if (!origin.isEmpty() && !isOwn(origin, request)) {
      return stopped("Pages of " + origin + " may not do this here.");
    }
    return page || site.isEmpty() || OURS.contains(site)
        ? Optional.empty()
        : stopped("Pages from elsewhere may not do this here.");
  }

  private static boolean isOwn(String origin, HttpServerRequest request) {
    return origin.startsWith("http://")
        && LOCAL.matcher(origin.substring("http://".length())).matches()
        && port(origin.substring("http://".length())).equals(port(request));
  }

  // the port the caller meant: a forwarded one is not the one we listen on
  private static String port(HttpServerRequest request) {
    return port(lower(request.getHeader("Host")));
  }

  private static String port(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(colon) : ":80";
  }

  private static Optional<SimulatorProblem> stopped(String detail) {
    return Optional.of(SimulatorProblem.forbidden(detail));
  }

  private static String lower(@Nullable String header) {
    return header == null ? "" : header.toLowerCase(Locale.ROOT);
  }
}
