package io.parley.cluster;

import java.util.Set;
import java.util.UUID;

/** Learns how the news of peers arrive. Called on the event loop of the news. */
interface NewsListener {
  /** A heartbeat of {@code node} arrived. */
  void heard(UUID node);

  /** News of {@code node} about these topics are missing. */
  void missed(UUID node, Set<String> topics);

  /** Some node has left the cluster, or died. */
  void memberLeft();

  /** Events arrived. */
  void received(int events);
}
