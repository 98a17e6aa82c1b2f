package io.parley.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The numbers of the news of one peer, by topic: which have arrived, and where some are missing.
 *
 * <p>A number that is skipped is a gap. So is one that a heartbeat announces and that has not
 * arrived by the next heartbeat; one may overtake the news before it. What was sent before the
 * first heartbeat counts as arrived: a node that meets a peer compares with the store anyway.
 * Confined to one thread.
 */
final class PeerNumbers {
  private static final class Count {
    long arrived;
    long announced;
  }

  private final Map<String, Count> counts = new HashMap<>();
  private final Set<String> gaps = new HashSet<>();
  private boolean introduced;

  /** News arrived; returns whether it is not a repetition. */
  boolean accept(String topic, long number) {
    Count count = counts.get(topic);
    if (count == null) {
      count = new Count();
      count.arrived = introduced ? 0 : number - 1;
      counts.put(topic, count);
    }
    if (number <= count.arrived) {
      return false;
    }
    if (number > count.arrived + 1) {
      gaps.add(topic);
    }
    count.arrived = number;
    return true;
  }

  /** A heartbeat arrived, which names the number of the last news of each topic. */
  void heartbeat(Map<String, Long> numbers) {
    numbers.forEach(this::announce);
    introduced = true;
  }

  private void announce(String topic, long number) {
    Count count = counts.computeIfAbsent(topic, any -> new Count());
    if (!introduced) {
      count.arrived = Math.max(count.arrived, number);
    } else if (count.announced > count.arrived) {
      gaps.add(topic);
      count.arrived = count.announced;
    }
    count.announced = number;
  }

  /** The topics of which news have been missed since the last call. */
  Set<String> takeGaps() {
    Set<String> taken = Set.copyOf(gaps);
    gaps.clear();
    return taken;
  }
}
