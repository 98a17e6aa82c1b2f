package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.flow.Slots;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Pipelined connections for reads that look up by key. Each statement goes to the least busy one of
 * those that have answered lately, so that few wait behind a slow statement.
 */
final class ReadConnections {
  private static final Duration SLOW = Duration.ofMillis(20);

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
    long now = System.nanoTime();
    return connections.stream()
        .min(
            Comparator.<WatchedConnection, Boolean>comparing(each -> each.isSilent(now, SLOW))
                .thenComparingInt(WatchedConnection::underWay))
        .orElseThrow();
  }
}
