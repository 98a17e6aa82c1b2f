package io.parley.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The plain HTTP connections of one event loop, so that none is kept by a client who says nothing,
 * or says it one byte at a time: whoever has no request under way must complete a head within the
 * idle time, whoever has one must complete its body within the request time. One sweep a second
 * serves them all. Confined to its event loop.
 */
final class ConnectionTimeouts {
  private static final class Line {
    long quietSince;
    int underWay;
    long bodySince;
  }

  private final Map<HttpConnection, Line> lines = new HashMap<>();
  private int sockets;
  private final long idleMs;
  private final long bodyMs;
  private final int bound;
  private final LongSupplier clock;
  private final Runnable departure = this::departed;

  ConnectionTimeouts(long idleMs, long bodyMs, int bound, LongSupplier clock) {
    this.idleMs = idleMs;
    this.bodyMs = bodyMs;
    this.bound = bound;
    this.clock = clock;
  }

  void opened(HttpConnection connection) {
    if (lines.size() + sockets >= bound) {
      connection.close();
      return;
    }
    Line line = new Line();
    line.quietSince = clock.getAsLong();
    lines.put(connection, line);
    connection.closeHandler(closed -> lines.remove(connection));
  }

  void began(HttpServerRequest request) {
    Line line = lines.get(request.connection());
    if (line != null) {
      line.underWay++;
      line.bodySince = RequestBody.isExpected(request) ? clock.getAsLong() : 0;
    }
  }

  void bodyRead(HttpServerRequest request) {
    Line line = lines.get(request.connection());
    if (line != null) {
      line.bodySince = 0;
    }
  }

  void ended(HttpServerRequest request) {
    Line line = lines.get(request.connection());
    if (line != null) {
      line.underWay--;
      line.bodySince = 0;
      line.quietSince = clock.getAsLong();
    }
  }

  /** It is no HTTP connection anymore, but it is still one of those we can have. */
  void upgraded(HttpServerRequest request) {
    lines.remove(request.connection());
    sockets++;
  }

  /** What ends one of those. */
  Runnable departure() {
    return departure;
  }

  private void departed() {
    sockets--;
  }

  void sweep() {
    long now = clock.getAsLong();
    List<HttpConnection> overdue = new ArrayList<>();
    lines.forEach(
        (connection, line) -> {
          boolean quiet = line.underWay == 0 && now - line.quietSince > idleMs;
          boolean slow = line.bodySince > 0 && now - line.bodySince > bodyMs;
          if (quiet || slow) {
            overdue.add(connection);
          }
        });
    overdue.forEach(HttpConnection::close);
  }
}
