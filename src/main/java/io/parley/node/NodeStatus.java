package io.parley.node;

import java.time.Instant;
import java.util.Optional;

/**
 * What a node reports about itself, once a second.
 *
 * @param usersOnline users with a socket on it
 * @param conversationsHeard conversations whose events it delivers to sockets, once per event loop
 * @param loopLagMs how late the timers of its slowest event loop ran last
 * @param clustered whether it exchanges news with other nodes
 */
public record NodeStatus(
    int sockets,
    int usersOnline,
    int conversationsHeard,
    long loopLagMs,
    boolean clustered,
    News news) {

  /**
   * The news from other nodes.
   *
   * @param received events that arrived
   * @param gaps how often events may have been missed, which made the sockets compare
   * @param repaired events that were read from the store because they had not arrived
   */
  public record News(long received, long gaps, long repaired, Optional<Instant> lastGapAt) {
    public static final News NONE = new News(0, 0, 0, Optional.empty());
  }
}
