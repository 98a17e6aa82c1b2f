package io.parley.store.node;

import io.parley.node.Node;
import io.parley.node.NodeIdentity;
import io.parley.node.NodeStatus;
import io.parley.node.NodeVerbs.Drain;
import io.parley.node.NodeVerbs.Draining;
import io.parley.node.NodeVerbs.FindNodes;
import io.parley.node.NodeVerbs.Left;
import io.parley.node.NodeVerbs.Nodes;
import io.parley.node.NodeVerbs.ReportAlive;
import io.parley.node.NodeVerbs.ReportLeaving;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.stream.StreamSupport;

/** The rows of the nodes. Ages are measured by the clock of the database, so no other counts. */
final class NodeRows {
  // the table has a row for each process, and is scanned
  private static final String COLUMNS =
      """
      id, name, version, started_at, draining, status,
      greatest(0, extract(epoch from clock_timestamp() - seen_at) * 1000)::bigint as silent_ms
      """;
  private static final String ALL =
      "select " + COLUMNS + " from node order by started_at, id limit 1000";
  private static final String REPORT =
      """
      with reported as (
        insert into node (id, name, version, status) values ($1, $2, $3, $4)
        on conflict (id) do update set seen_at = clock_timestamp(), status = excluded.status
      )
      """
          + ALL;
  private static final String LEAVE = "delete from node where id = $1";
  private static final String DRAIN =
      "update node set draining = true where id = $1 returning " + COLUMNS;
  private static final String DELETE_DEAD =
      "delete from node where seen_at < clock_timestamp() - interval '60 s'";

  private final Database database;

  NodeRows(Database database) {
    this.database = database;
  }

  /** The other nodes as they are, this one as it last reported. */
  Future<Nodes> report(ReportAlive report) {
    NodeIdentity identity = report.identity();
    return database
        .urgentWrite(
            REPORT,
            Tuple.of(
                identity.id(),
                identity.name(),
                identity.version(),
                StoredStatus.json(report.status())))
        .map(NodeRows::nodes);
  }

  Future<Left> leave(ReportLeaving report) {
    return database.urgentWrite(LEAVE, Tuple.of(report.id())).map(new Left());
  }

  Future<Nodes> find(FindNodes question) {
    return database.urgentRead(ALL, Tuple.tuple()).map(NodeRows::nodes);
  }

  Future<Draining> drain(Drain wanted) {
    return database
        .write(DRAIN, Tuple.of(wanted.id()))
        .map(rows -> new Draining(nodes(rows).nodes().stream().findFirst()));
  }

  Future<Integer> sweep() {
    return database.write(DELETE_DEAD, Tuple.tuple()).map(RowSet::rowCount);
  }

  private static Nodes nodes(RowSet<Row> rows) {
    return new Nodes(StreamSupport.stream(rows.spliterator(), false).map(NodeRows::node).toList());
  }

  private static Node node(Row row) {
    NodeStatus status = StoredStatus.status(row.get(JsonObject.class, "status"));
    return new Node(
        new NodeIdentity(row.getUUID("id"), row.getString("name"), row.getString("version")),
        SqlTime.instant(row, "started_at"),
        row.getBoolean("draining"),
        row.getLong("silent_ms"),
        status);
  }
}
