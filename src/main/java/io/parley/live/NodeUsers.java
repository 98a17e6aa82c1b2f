package io.parley.live;

import io.parley.bus.Topic;
import io.parley.identity.Party;
import java.util.List;
import java.util.UUID;

/**
 * News about the users who are online on one node: a change, or one part of all of them.
 *
 * @param came who has a socket there
 * @param left who has none any more
 * @param first whether this is the first part of all of them; what was known before is void
 */
record NodeUsers(UUID node, List<Party> came, List<Long> left, boolean first) {
  static final Topic<NodeUsers> TOPIC = new Topic<>("live.node-users", NodeUsers.class);

  /** All nodes shall publish all of their users. */
  record Wanted(UUID node) {
    static final Topic<Wanted> TOPIC = new Topic<>("live.node-users-wanted", Wanted.class);
  }

  static NodeUsers came(UUID node, Party party) {
    return new NodeUsers(node, List.of(party), List.of(), false);
  }

  static NodeUsers left(UUID node, long account) {
    return new NodeUsers(node, List.of(), List.of(account), false);
  }
}
