package io.parley.live;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conversations of one connection whose news may not be told as it comes: because they are
 * being caught up with, because the client has to ask again before it can understand, or because
 * the client was told already.
 */
final class PausedFeeds {
  private static final int MOST_KEPT = 500;

  private record Kept(long rev, byte[] event) {}

  private static final class Hold {
    @Nullable List<Kept> kept = new ArrayList<>(0);
    long told;
  }

  private final LongObjectMap<Hold> holds = new LongObjectHashMap<>(4);

  /** From here on its news is kept. */
  void begin(long conversation) {
    holds.put(conversation, new Hold());
  }

  /** Whether it is not to be told now. */
  boolean keep(long conversation, long rev, SharedFrame news) {
    Hold hold = holds.get(conversation);
    if (hold == null) {
      return false;
    }
    if (hold.told == 0) {
      if (hold.kept != null && hold.kept.size() < MOST_KEPT) {
        hold.kept.add(new Kept(rev, news.event()));
      } else {
        hold.kept = null;
      }
      return true;
    }
    if (rev <= hold.told) {
      return true;
    }
    holds.remove(conversation);
    return false;
  }

  /** Whether its client does not know yet what the others know. */
  boolean isBehind(long conversation) {
    Hold hold = holds.get(conversation);
    return hold != null && hold.told == 0;
  }

  /** Whether more has come meanwhile than can be kept. */
  boolean isOverrun(long conversation) {
    Hold hold = holds.get(conversation);
    return hold == null || hold.kept == null;
  }

  /** Nothing more of it until it is asked for again. */
  void lag(long conversation) {
    Hold hold = new Hold();
    hold.kept = null;
    holds.put(conversation, hold);
  }

  /** The client has been told up to {@code rev}: what was kept and comes after that. */
  List<byte[]> end(long conversation, long rev) {
    Hold hold = holds.get(conversation);
    List<byte[]> after = new ArrayList<>(0);
    if (hold == null || hold.kept == null) {
      return after;
    }
    long last = rev;
    for (Kept kept : hold.kept) {
      if (kept.rev() > rev) {
        after.add(kept.event());
        last = kept.rev();
      }
    }
    hold.told = Math.max(1, last);
    hold.kept = null;
    return after;
  }

  /** The client will read it anew. */
  List<byte[]> free(long conversation) {
    List<byte[]> after = end(conversation, 0);
    holds.remove(conversation);
    return after;
  }
}
