package io.parley.live.feed;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.parley.live.frame.SharedFrame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conversations of one socket whose events must not be sent as they arrive. A feed is paused
 * while the client resumes it: events are kept, and follow the reply. It stays suspended, without
 * keeping anything, when the client has to resume again first. After a resume, events that the
 * reply contained already are dropped.
 */
public final class PausedFeeds {
  static final int MAX_KEPT = 500;

  private record Kept(long rev, byte[] event) {}

  private static final class Pause {
    /** Null when events are not kept. */
    @Nullable List<Kept> kept;

    /** The rev up to which the client has received everything; 0 while it is paused. */
    long receivedRev;

    Pause(@Nullable List<Kept> kept) {
      this.kept = kept;
    }
  }

  private final LongObjectMap<Pause> pauses = new LongObjectHashMap<>(4);

  /** Keeps the events of {@code conversation} from here on. */
  public void pause(long conversation) {
    pauses.put(conversation, new Pause(new ArrayList<>(0)));
  }

  /** Drops the events of {@code conversation} until the client resumes it again. */
  public void suspend(long conversation) {
    pauses.put(conversation, new Pause(null));
  }

  /** Whether an event must not be sent now: it has been kept, or dropped. */
  public boolean withholds(long conversation, long rev, SharedFrame frame) {
    Pause pause = pauses.get(conversation);
    if (pause == null) {
      return false;
    }
    if (pause.receivedRev == 0) {
      keep(pause, rev, frame);
      return true;
    }
    if (rev <= pause.receivedRev) {
      return true;
    }
    pauses.remove(conversation);
    return false;
  }

  private static void keep(Pause pause, long rev, SharedFrame frame) {
    if (pause.kept != null && pause.kept.size() < MAX_KEPT) {
      pause.kept.add(new Kept(rev, frame.event()));
    } else {
      pause.kept = null;
    }
  }

  /** Whether the client lacks events that have been delivered to others. */
  public boolean isPaused(long conversation) {
    Pause pause = pauses.get(conversation);
    return pause != null && pause.receivedRev == 0;
  }

  /** Whether events have been dropped, so that the feed cannot continue without a gap. */
  public boolean isIncomplete(long conversation) {
    Pause pause = pauses.get(conversation);
    return pause == null || pause.kept == null;
  }

  /** Continues a feed that the client received up to {@code rev}; returns the kept events. */
  public List<byte[]> continueFrom(long conversation, long rev) {
    Pause pause = pauses.get(conversation);
    List<byte[]> events = new ArrayList<>(0);
    if (pause == null || pause.kept == null) {
      return events;
    }
    long last = rev;
    for (Kept kept : pause.kept) {
      if (kept.rev() > rev) {
        events.add(kept.event());
        last = kept.rev();
      }
    }
    pause.receivedRev = Math.max(1, last);
    pause.kept = null;
    return events;
  }

  /** Continues a feed that the client will read anew; returns the kept events. */
  public List<byte[]> release(long conversation) {
    List<byte[]> events = continueFrom(conversation, 0);
    pauses.remove(conversation);
    return events;
  }
}
