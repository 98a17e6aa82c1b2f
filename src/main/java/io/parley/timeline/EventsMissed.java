package io.parley.timeline;

import io.parley.bus.Topic;

/**
 * A notice that events may be missing, because the outcome of a commit is unknown. Subscribers
 * compare what they know with the store.
 *
 * @param ageMs the time since the oldest of them may have been committed
 */
public record EventsMissed(long ageMs) {
  public static final Topic<EventsMissed> TOPIC =
      new Topic<>("timeline.doubted", EventsMissed.class);
}
