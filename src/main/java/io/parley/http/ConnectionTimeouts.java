package io.parley.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Closes idle and slow HTTP connections of one event loop, and bounds their number. A connection
 * without a request must send a complete head within the idle time; a request must send its whole
 * body within the body time. One sweep per second serves all connections. Confined to its event
 * loop.
 */
final class ConnectionTimeouts {
  private static final class Activity {
    long quietSince;
    int underWay;
    long bodySince;
  }

  private final Map<HttpConnection, Activity> connections = new HashMap<>();
  private int sockets;
  private final long idleMs;
  private final long bodyMs;
  private final int maxConnections;
  private final LongSupplier clock;
  private final Runnable departure = this::departed;

  ConnectionTimeouts(long idleMs, long bodyMs, int maxConnections, LongSupplier clock) {
    this.idleMs = idleMs;
    this.bodyMs = bodyMs;
    this.maxConnections = maxConnections;
    this.clock = clock;
  }

  void opened(HttpConnection connection) {
    if (connections.size() + sockets >= maxConnections) {
      connection.close();
      return;
    }
    Activity activity = new Activity();
    activity.quietSince = clock.getAsLong();
    connections.put(connection, activity);
    connection.closeHandler(closed -> connections.remove(connection));
  }

  void began(HttpServerRequest request) {
    Activity activity = connections.get(request.connection());
    if (activity != null) {
      activity.underWay++;
      activity.bodySince = RequestBody.isExpected(request) ? clock.getAsLong() : 0;
    }
  }

  void bodyRead(HttpServerRequest request) {
    Activity activity = connections.get(request.connection());
    if (activity != null) {
      activity.bodySince = 0;
    }
  }

  void ended(HttpServerRequest request) {
    Activity activity = connections.get(request.connection());
    if (activity != null) {
      activity.underWay--;
      activity.bodySince = 0;
      activity.quietSince = clock.getAsLong();
    }
  }

  /** The connection became a socket: no time-out applies, but it still counts. */
  void upgraded(HttpServerRequest request) {
    connections.remove(request.connection());
    sockets++;
  }

  /** To be run when such a socket has closed. */
  Runnable departure() {
    return departure;
  }

  private void departed() {
    sockets--;
  }

  void sweep() {
    long now = clock.getAsLong();
    List<HttpConnection> overdue = new ArrayList<>();
    connections.forEach(
        (connection, activity) -> {
          boolean quiet = activity.underWay == 0 && now - activity.quietSince > idleMs;
          boolean slow = activity.bodySince > 0 && now - activity.bodySince > bodyMs;
          if (quiet || slow) {
            overdue.add(connection);
          }
        });
    overdue.forEach(HttpConnection::close);
  }
}
