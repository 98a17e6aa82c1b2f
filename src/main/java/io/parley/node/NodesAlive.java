package io.parley.node;

import io.parley.bus.Topic;
import java.util.Set;
import java.util.UUID;

/**
 * A notice on this node only, when others appeared or are gone, and when news of theirs may have
 * been missed.
 *
 * @param others the nodes that are alive, without this one
 * @param missed whether to ask for what is known by news alone
 */
public record NodesAlive(Set<UUID> others, boolean missed) {
  public static final Topic<NodesAlive> TOPIC = new Topic<>("node.alive", NodesAlive.class);
}
