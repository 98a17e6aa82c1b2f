package io.parley.timeline;

import io.parley.bus.Topic;
import java.util.List;

/**
 * A conversation moved to its next rev.
 *
 * @param event what clients are told, encoded once
 * @param joined the parties who see the conversation from this rev on
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
