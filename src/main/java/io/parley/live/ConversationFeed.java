package io.parley.live;

import io.parley.timeline.TimelineChanged;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A conversation that somebody on this event loop hears. */
final class ConversationFeed {
  final long id;
  final List<Subscriptions.Entry> members = new ArrayList<>(2);

  /** What those who hear it have been told last. */
  long rev;

  /** Whether it is to be written down whom that has reached. */
  boolean unsaved;

  /** When they were told last, in turns of their desk. */
  long toldAt;

  /** Whether every agent hears it. */
  boolean external;

  /** What came too early. */
  @Nullable TreeMap<Long, TimelineChanged> early;

  /** Whether what is missing is being fetched, or will be. */
  boolean missing;

  /** Whether what was fetched did not tell all of it. */
  boolean doubted;

  /** Whether what came before the first that was heard may still come. */
  boolean opening;

  ConversationFeed(long id, long rev) {
    this.id = id;
    this.rev = rev;
  }

  boolean isEmpty() {
    return members.isEmpty() && !external;
  }
}
