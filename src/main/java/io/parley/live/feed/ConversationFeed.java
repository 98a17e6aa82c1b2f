package io.parley.live.feed;

import io.parley.live.frame.SharedFrame;
import io.parley.timeline.TimelineChanged;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of one conversation that somebody on this event loop receives: its members here, and
 * how far its events have been delivered.
 */
final class ConversationFeed {

  /** A receiver of the events. */
  interface Member {
    long account();

    void event(long conversation, long rev, SharedFrame frame);

    void ephemeral(SharedFrame frame);

    /** Whether the last event of {@code feed} has reached one of its sockets. */
    boolean hasReceivedLast(ConversationFeed feed);

    /** Disconnects its sockets, so that the clients resume. */
    void reconnect();
  }

  final long id;
  final List<Member> members = new ArrayList<>(2);

  /** The rev of the last event delivered. */
  long rev;

  /** Whether every agent on this loop receives it, members or not. */
  boolean external;

  /** When the last event was delivered, as {@link DeliveredMarks} counts deliveries. */
  long deliveredAt;

  /** Whether delivered marks are to be written. */
  boolean unsaved;

  /** Events ahead of a gap, by rev. Owned by {@link RevOrder}, like all that follows. */
  @Nullable TreeMap<Long, TimelineChanged> early;

  /** The highest rev that is known to exist: behind it, events are missing. */
  long knownRev;

  /** Whether the events in a gap are being fetched, or will be. */
  boolean fetching;

  /** Whether the last fetch could not fill the gap. */
  boolean incomplete;

  /** Whether events before the first one received may still arrive. */
  boolean opening;

  ConversationFeed(long id, long rev) {
    this.id = id;
    this.rev = rev;
  }

  /** Whether nobody receives it any more. */
  boolean isUnused() {
    return members.isEmpty() && !external;
  }
}
