package io.parley.node;

import io.parley.bus.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Requests about nodes. */
public final class NodeVerbs {
  private NodeVerbs() {}

  /** Writes the row of this node: it is alive. */
  public record ReportAlive(NodeIdentity identity, NodeStatus status) {}

  /** All nodes that have a row, in the order in which they started. */
  public record Nodes(List<Node> nodes) {}

  public static final Endpoint<ReportAlive, Nodes> REPORT_ALIVE =
      new Endpoint<>("node.report-alive", ReportAlive.class, Nodes.class);

  /** Removes the row of a node that stops. */
  public record ReportLeaving(UUID id) {}

  public record Left() {}

  public static final Endpoint<ReportLeaving, Left> REPORT_LEAVING =
      new Endpoint<>("node.report-leaving", ReportLeaving.class, Left.class);

  public record FindNodes() {}

  public static final Endpoint<FindNodes, Nodes> FIND_NODES =
      new Endpoint<>("node.find", FindNodes.class, Nodes.class);

  /** Asks a node to let its clients go; it notices within a second. */
  public record Drain(UUID id) {}

  /** Empty if there is no such node. */
  public record Draining(Optional<Node> node) {}

  public static final Endpoint<Drain, Draining> DRAIN =
      new Endpoint<>("node.drain", Drain.class, Draining.class);
}
