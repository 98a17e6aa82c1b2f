package io.parley.http;

import io.parley.flow.KeyedSlots;
import io.parley.flow.Slots;
import io.parley.settings.HttpLimits;
import io.parley.settings.ProxySettings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open connections of one event loop: bounds their number, and closes those that are idle or
 * make no progress. A connection without a request must send a complete head within the idle time;
 * a request must send its whole body within the body time; and a client that asked for something
 * must keep reading the answer. One sweep per second serves all connections. Confined to its event
 * loop.
 */
final class ClientConnections {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnections.class);

  private final Map<HttpConnection, ClientConnection> connections = new HashMap<>();
  private final LimitedWarning tooMany =
      new LimitedWarning(LOG, "Closed a connection: its client has too many of them");
  private final LimitedWarning unknownProxy =
      new LimitedWarning(LOG, "Closed a connection: it does not come from a trusted proxy");
  private final HttpLimits limits;
  private final ProxySettings proxies;
  private final Slots slots;
  private final KeyedSlots<String> slotsByAddress;
  private final LongSupplier clock;
  private boolean leaving;

  ClientConnections(
      HttpLimits limits,
      ProxySettings proxies,
      KeyedSlots<String> slotsByAddress,
      LongSupplier clock) {
    this.limits = limits;
    this.proxies = proxies;
    this.slots = new Slots(limits.maxConnections());
    this.slotsByAddress = slotsByAddress;
    this.clock = clock;
  }

  void opened(HttpConnection connection) {
    ClientConnection opened = new ClientConnection(connection, proxies, clock.getAsLong());
    if (proxies.protocol() && !proxies.trusts(opened.neighbour().address())) {
      unknownProxy.log("peer", opened.neighbour());
      connection.close();
    } else if (!slots.tryTake()) {
      connection.close();
    } else if (!opened.fromTrustedProxy() && !slotsByAddress.tryTake(opened.peer().countedAs())) {
      slots.release();
      tooMany.log("client", opened.peer());
      connection.close();
    } else {
      connections.put(connection, opened);
      connection.closeHandler(closed -> closed(connection));
    }
  }

  private void closed(HttpConnection connection) {
    ClientConnection closed = connections.remove(connection);
    if (closed != null) {
      closed.release();
      slots.release();
      if (!closed.fromTrustedProxy()) {
        slotsByAddress.release(closed.peer().countedAs());
      }
    }
  }

  /** From now on, every answer asks its client not to use the connection again. */
  void leave() {
    leaving = true;
  }

  /** The connection of a new request; null if it is being closed. */
  @Nullable ClientConnection began(HttpServerRequest request) {
    ClientConnection connection = connections.get(request.connection());
    if (connection != null) {
      connection.began(RequestBody.isExpected(request), clock.getAsLong());
      if (leaving) {
        request.response().putHeader(HttpHeaders.CONNECTION, "close");
      }
    }
    return connection;
  }

  /** Runs {@code release} when the answer to {@code request}, or its connection, has ended. */
  void whenEnded(HttpServerRequest request, Runnable release) {
    ClientConnection connection = connections.get(request.connection());
    if (connection != null) {
      connection.whenEnded(release);
    } else {
      release.run();
    }
  }

  void bodyRead(HttpServerRequest request) {
    ClientConnection connection = connections.get(request.connection());
    if (connection != null) {
      connection.bodyRead();
    }
  }

  void ended(HttpServerRequest request) {
    ClientConnection connection = connections.get(request.connection());
    if (connection != null) {
      connection.ended(clock.getAsLong());
    }
  }

  /**
   * The connection becomes a socket: no time-out applies, but it still counts, and behind a trusted
   * proxy it counts for its client from now on. Returns the action for the time when it has closed;
   * empty if the client has too many sockets.
   */
  Optional<Runnable> upgraded(HttpExchange exchange) {
    HttpConnection connection = exchange.request().connection();
    ClientConnection upgraded = connections.get(connection);
    if (upgraded == null) {
      return Optional.empty();
    }
    String address =
        upgraded.fromTrustedProxy()
            ? exchange.source().client().countedAs()
            : upgraded.peer().countedAs();
    if (upgraded.fromTrustedProxy() && !slotsByAddress.tryTake(address)) {
      tooMany.log("client", exchange.source().client());
      return Optional.empty();
    }
    upgraded.ended(clock.getAsLong());
    connections.remove(connection);
    return Optional.of(
        () -> {
          slots.release();
          slotsByAddress.release(address);
        });
  }

  void sweep() {
    long now = clock.getAsLong();
    long idle = limits.idleTimeout().toMillis();
    long body = limits.bodyTimeout().toMillis();
    long write = limits.writeTimeout().toMillis();
    List<ClientConnection> overdue = new ArrayList<>();
    for (ClientConnection each : connections.values()) {
      // first, since it also notes whether anything is on its way
      boolean unread = each.isSlowToRead(now, write);
      if (unread || each.isIdle(now, idle) || each.isSlowToSend(now, body)) {
        overdue.add(each);
      }
    }
    overdue.forEach(ClientConnection::abort);
  }
}
