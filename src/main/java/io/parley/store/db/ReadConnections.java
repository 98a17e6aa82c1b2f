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
 * Pipelined connections, each statement on the least busy.
 *
 * <p>One pooled client over all of them would fill the pipeline of the first before it opened a
 * second, and everybody would wait behind one slow statement.
 */
final class ReadConnections {
  private static final class Line {
    final SqlClient client;
    int underWay;

    Line(SqlClient client) {
      this.client = client;
    }
  }

  private final List<Line> lines;

  ReadConnections(int size, Function<String, SqlClient> opener) {
    this.lines =
        IntStream.range(0, size)
            .mapToObj(index -> new Line(opener.apply("parley-reads-" + index)))
            .toList();
  }

  /** Before they are needed: while everybody comes at once a new connection may take long. */
  public void open() {
    lines.forEach(line -> line.client.query("select 1").execute());
  }

  Future<RowSet<Row>> execute(String sql, Tuple parameters) {
    Line line = leastBusy();
    line.underWay++;
    return line.client.preparedQuery(sql).execute(parameters).andThen(done -> line.underWay--);
  }

  Future<Void> close() {
    return Future.all(lines.stream().map(line -> line.client.close()).toList()).mapEmpty();
  }

  private Line leastBusy() {
    Line least = lines.getFirst();
    for (Line line : lines) {
      if (line.underWay < least.underWay) {
        least = line;
      }
    }
    return least;
  }
}
