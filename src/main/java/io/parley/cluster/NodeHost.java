package io.parley.cluster;

import io.parley.node.NodeStatus;

/** The node to which a {@link NodeVerticle} belongs. Safe from any thread. */
public interface NodeHost {
  /** What the node reports about itself, but for the news it received and missed. */
  NodeStatus status();

  /** The node shall take no new clients, and ask the present ones to reconnect elsewhere. */
  void drain();
}
