package io.parley.channel;

import io.parley.bus.Topic;
import io.parley.timeline.Channel;

/** A hint to all nodes that a commit made deliveries of this route due. */
public record DeliveriesDue(Channel route) {
  public static final Topic<DeliveriesDue> TOPIC =
      new Topic<>("channel.deliveries-made", DeliveriesDue.class);
}
