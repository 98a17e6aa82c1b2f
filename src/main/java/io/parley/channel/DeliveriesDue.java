package io.parley.channel;

import io.parley.bus.Topic;

/** A commit made deliveries of this route due: a hint to look, on every node. */
public record DeliveriesDue(Channel route) {
  public static final Topic<DeliveriesDue> TOPIC =
      new Topic<>("channel.deliveries-made", DeliveriesDue.class);
}
