package io.parley.timeline;

import java.util.List;
import java.util.Optional;

/**
 * The route of an item: its channel and direction, and its deliveries to external participants.
 *
 * @param channel empty if it is internal chat
 */
public record Routing(Optional<Channel> channel, Direction direction, List<Delivery> deliveries) {
  /** From user to user, inside the gateway. */
  public static final Routing CHAT = new Routing(Optional.empty(), Direction.INTERNAL, List.of());
}
