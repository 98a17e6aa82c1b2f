package io.parley.timeline;

import io.parley.bus.Topic;

/** A conversation moved to its next rev; {@code event} is what clients are told, encoded once. */
public record TimelineChanged(long conversation, long rev, byte[] event) {
  public static final Topic<TimelineChanged> TOPIC =
      new Topic<>("timeline.changed", TimelineChanged.class);
}
