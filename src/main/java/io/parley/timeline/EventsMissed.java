package io.parley.timeline;

import io.parley.bus.Topic;

/**
 * A notice that events may be missing, because the database connection was lost during a commit.
 * Subscribers must read again what changed.
 */
public record EventsMissed() {
  public static final Topic<EventsMissed> TOPIC =
      new Topic<>("timeline.doubted", EventsMissed.class);
}
