package io.parley.timeline;

import io.parley.bus.Topic;
import java.util.List;

/**
 * A notice that a conversation advanced to its next rev.
 *
 * @param event the event for clients, encoded once
 * @param joined the parties that see the conversation from this rev on
 * @param left the parties whose last rev this is
 */
public record TimelineChanged(
    long conversation, long rev, byte[] event, List<Long> joined, List<Long> left) {
  public static final Topic<TimelineChanged> TOPIC =
      new Topic<>("timeline.changed", TimelineChanged.class);

  /** A change that leaves the audience as it is. */
  public static TimelineChanged of(long conversation, long rev, byte[] event) {
    return new TimelineChanged(conversation, rev, event, List.of(), List.of());
  }
}
