package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.flow.Slots;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Pipelined connections for reads that look up by key; each statement goes to the least busy one,
 * so that few wait behind a slow one.
 */
final class ReadConnections {
  private final List<WatchedConnection> connections;
  private final Slots slots;

  /** {@code maxReads}: how many may be under way or waiting; more are refused. */
  ReadConnections(int size, int maxReads, Supplier<WatchedConnection> connection) {
    this.connections = Stream.generate(connection).limit(size).toList();
    this.slots = new Slots(maxReads);
  }

  void warmUp() {
    connections.forEach(WatchedConnection::warmUp);
  }

  Future<RowSet<Row>> execute(String sql, Tuple parameters) {
    if (!slots.tryTake()) {
      return Future.failedFuture(Outage.unavailable("too many reads are waiting"));
    }
    return leastBusy().execute(sql, parameters).andThen(done -> slots.release());
  }

  void check(long now) {
    connections.forEach(each -> each.check(now));
  }

  void end() {
    connections.forEach(WatchedConnection::end);
  }

  private WatchedConnection leastBusy() {
    return connections.stream()
        .min(Comparator.comparingInt(WatchedConnection::underWay))
        .orElseThrow();
  }
}
