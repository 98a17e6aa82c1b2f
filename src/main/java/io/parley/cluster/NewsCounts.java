package io.parley.cluster;

import io.parley.node.NodeStatus;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a node counts of the news from other nodes. Safe from any thread. */
final class NewsCounts {
  private final LongAdder received = new LongAdder();
  private final LongAdder gaps = new LongAdder();
  private volatile @Nullable Instant lastGapAt;

  void received(int events) {
    received.add(events);
  }

  void gap(Instant at) {
    gaps.increment();
    lastGapAt = at;
  }

  /** {@code status} with these counts. */
  NodeStatus addTo(NodeStatus status) {
    return new NodeStatus(
        status.sockets(),
        status.usersOnline(),
        status.conversationsHeard(),
        status.loopLagMs(),
        status.clustered(),
        new NodeStatus.News(
            received.sum(), gaps.sum(), status.news().repaired(), Optional.ofNullable(lastGapAt)));
  }
}
