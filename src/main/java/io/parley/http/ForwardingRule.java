package io.parley.http;

import io.parley.http.RequestSource.Route;
import io.parley.identity.ClientAddress;
import io.parley.settings.ProxySettings;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rule of who the client of a request is when proxies may stand between: the right-most address
 * that is not a trusted proxy's. Anybody can send these headers, so those of an untrusted peer only
 * say that the request claims to have been forwarded. Confined to its event loop.
 */
final class ForwardingRule {
  private static final Logger LOG = LoggerFactory.getLogger(ForwardingRule.class);
  private static final CharSequence FORWARDED = HttpHeaders.createOptimized("Forwarded");
  private static final CharSequence X_FORWARDED_FOR =
      HttpHeaders.createOptimized("X-Forwarded-For");

  /** Headers that only proxies have a reason to send. */
  private static final List<CharSequence> TRACES =
      List.of(
          X_FORWARDED_FOR,
          FORWARDED,
          HttpHeaders.createOptimized("X-Forwarded-Host"),
          HttpHeaders.createOptimized("X-Forwarded-Proto"),
          HttpHeaders.createOptimized("X-Real-IP"),
          HttpHeaders.createOptimized("Via"));

  private static final Pattern FOR =
      Pattern.compile("(?i)(?:^|;)\\s*for\\s*=\\s*(\"[^\"]*\"|[^;\"\\s]+)");
  private static final int MAX_HOPS = 32;

  private final LimitedWarning untrusted =
      new LimitedWarning(
          LOG,
          "Ignored headers of a proxy that PARLEY_TRUSTED_PROXIES does not name; requests through it"
              + " count as its own");
  private final ProxySettings proxies;

  ForwardingRule(ProxySettings proxies) {
    this.proxies = proxies;
  }

  RequestSource source(ClientConnection connection, MultiMap headers) {
    ClientAddress peer = connection.peer();
    if (!isForwarded(headers)) {
      return new RequestSource(peer, connection.fromProxy() ? route(connection) : Route.DIRECT);
    }
    if (!connection.fromTrustedProxy()) {
      untrusted.log("peer", peer);
      return new RequestSource(peer, Route.PROXY);
    }
    List<String> forwardedFor = headers.getAll(X_FORWARDED_FOR);
    List<String> forwarded = headers.getAll(FORWARDED);
    ClientAddress client =
        forwardedFor.isEmpty()
            ? client(peer, senders(forwarded))
            : client(peer, list(forwardedFor));
    boolean contradictory =
        !forwardedFor.isEmpty()
            && !forwarded.isEmpty()
            && !client.equals(client(peer, senders(forwarded)));
    return new RequestSource(client, contradictory ? Route.CONTRADICTORY : route(connection));
  }

  private static boolean isForwarded(MultiMap headers) {
    for (CharSequence each : TRACES) {
      if (headers.contains(each)) {
        return true;
      }
    }
    return false;
  }

  private Route route(ClientConnection connection) {
    ClientAddress proxy = connection.neighbour();
    return proxy.isLoopback() && proxies.trusts(proxy.address()) ? Route.LOCAL_PROXY : Route.PROXY;
  }

  /** Walks from the proxy that is nearest to us towards the client, as far as can be trusted. */
  private ClientAddress client(ClientAddress peer, List<String> hops) {
    ClientAddress client = peer;
    for (int i = hops.size() - 1; i >= Math.max(0, hops.size() - MAX_HOPS); i--) {
      Optional<ClientAddress> hop = node(hops.get(i));
      if (hop.isEmpty()) {
        return client;
      }
      client = hop.get();
      if (!proxies.trusts(client.address())) {
        return client;
      }
    }
    return client;
  }

  private static List<String> list(List<String> headers) {
    List<String> values = new ArrayList<>();
    for (String header : headers) {
      for (String value : header.split(",", -1)) {
        values.add(value.strip());
      }
    }
    return values;
  }

  /** What the parameter {@code for} says in each element of the headers {@code Forwarded}. */
  private static List<String> senders(List<String> headers) {
    List<String> senders = new ArrayList<>();
    // no address contains a comma, so an element that is cut within quotes names nobody
    for (String element : list(headers)) {
      Matcher sender = FOR.matcher(element);
      senders.add(sender.find() ? sender.group(1).replace("\"", "") : "unknown");
    }
    return senders;
  }

  /** An address with or without a port; empty for names, which may hide an address on purpose. */
  private static Optional<ClientAddress> node(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end < 0 ? Optional.empty() : ClientAddress.of(text.substring(1, end));
    }
    int colon = text.indexOf(':');
    boolean hasPort = colon > 0 && colon == text.lastIndexOf(':');
    return ClientAddress.of(hasPort ? text.substring(0, colon) : text);
  }
}
