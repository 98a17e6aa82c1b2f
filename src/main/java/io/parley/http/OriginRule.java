package io.parley.http;

import io.vertx.core.http.HttpMethod;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rule for requests that pages of other origins make. A foreign page may neither change state
 * nor open a socket; a page of a configured guest origin may, without cookies.
 */
final class OriginRule {
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /** What {@code Sec-Fetch-Site} says of requests that pages of other origins make. */
  private static final Set<String> OTHER_SITES = Set.of("cross-site", "same-site");

  private final Set<String> own;
  private final Set<String> guests;

  OriginRule(Set<String> own, Set<String> guests) {
    this.own = lowerCased(own);
    this.guests = lowerCased(guests);
  }

  /** Whether a request with this {@code Origin} header must be refused. */
  boolean refuses(@Nullable String origin, HttpMethod method, boolean opensSocket) {
    return isForeign(origin) && (opensSocket || !SAFE.contains(method));
  }

  /**
   * Whether a request without an {@code Origin} must be refused, because its browser says that a
   * page of another site made it.
   */
  static boolean refusesFrom(@Nullable String site, HttpMethod method, boolean opensSocket) {
    return site != null && OTHER_SITES.contains(site) && (opensSocket || !SAFE.contains(method));
  }

  boolean isForeign(@Nullable String origin) {
    return origin != null && !isOwn(origin) && !isGuest(origin);
  }

  boolean isOwn(String origin) {
    return own.contains(origin.toLowerCase(Locale.ROOT));
  }

  boolean isGuest(@Nullable String origin) {
    return origin != null && guests.contains(origin.toLowerCase(Locale.ROOT));
  }

  boolean hasGuests() {
    return !guests.isEmpty();
  }

  private static Set<String> lowerCased(Set<String> origins) {
    Set<String> lower = new HashSet<>();
    origins.forEach(origin -> lower.add(origin.toLowerCase(Locale.ROOT)));
    return lower;
  }
}
