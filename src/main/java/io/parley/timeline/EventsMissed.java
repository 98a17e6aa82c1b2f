package io.parley.timeline;

import io.parley.bus.Topic;

/**
 * Something may have been changed that nobody was told of: the database went away in the middle.
 * Whoever tells others what happens has to look again.
 */
public record EventsMissed() {
  public static final Topic<EventsMissed> TOPIC =
      new Topic<>("timeline.doubted", EventsMissed.class);
}
