package io.parley.live;

/**
 * What the sockets of a node, or of one of its event loops, have counted.
 *
 * @param usersOnline users with a socket
 * @param conversations conversations whose events are delivered; one that several event loops
 *     deliver counts for each
 * @param repaired events that were read from the store because they did not arrive
 */
public record LiveCounts(int usersOnline, int conversations, long repaired) {
  static final LiveCounts NONE = new LiveCounts(0, 0, 0);

  LiveCounts plus(LiveCounts other) {
    return new LiveCounts(
        usersOnline + other.usersOnline,
        conversations + other.conversations,
        repaired + other.repaired);
  }
}
