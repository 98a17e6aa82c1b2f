package io.parley.store.node;

import io.parley.bus.Bus;
import io.parley.node.NodeVerbs;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;

/** The endpoints of nodes. */
public final class NodeEndpoints {
  private static final long SWEEP_MS = 30_000;

  private final NodeRows nodes;

  public NodeEndpoints(Database database) {
    this.nodes = new NodeRows(database);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(NodeVerbs.REPORT_ALIVE, nodes::report);
    bus.serve(NodeVerbs.REPORT_LEAVING, nodes::leave);
    bus.serve(NodeVerbs.FIND_NODES, nodes::find);
    bus.serve(NodeVerbs.DRAIN, nodes::drain);
    sweeps.every(SWEEP_MS, "dead nodes", nodes::sweep);
  }
}
