package io.parley.store.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Pipelined connections; each statement goes to the least busy one.
 *
 * <p>A single pooled client over all of them would fill the pipeline of the first connection before
 * it opened a second one, and every statement would wait behind a slow one.
 */
final class ReadConnections {
  private static final class PipelinedConnection {
    final SqlClient client;
    int pending;

    PipelinedConnection(SqlClient client) {
      this.client = client;
    }
  }

  private final List<PipelinedConnection> connections;

  ReadConnections(int size, Function<String, SqlClient> opener) {
    this.connections =
        IntStream.range(0, size)
            .mapToObj(index -> new PipelinedConnection(opener.apply("parley-reads-" + index)))
            .toList();
  }

  /** Connects before the first read: under load a new connection may take long. */
  void warmUp() {
    connections.forEach(each -> each.client.query("select 1").execute());
  }

  Future<RowSet<Row>> execute(String sql, Tuple parameters) {
    PipelinedConnection connection = leastBusy();
    connection.pending++;
    return connection
        .client
        .preparedQuery(sql)
        .execute(parameters)
        .andThen(done -> connection.pending--);
  }

  Future<Void> close() {
    return Future.all(connections.stream().map(each -> each.client.close()).toList()).mapEmpty();
  }

  private PipelinedConnection leastBusy() {
    PipelinedConnection least = connections.getFirst();
    for (PipelinedConnection each : connections) {
      if (each.pending < least.pending) {
        least = each;
      }
    }
    return least;
  }
}
