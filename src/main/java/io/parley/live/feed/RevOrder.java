package io.parley.live.feed;

import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.live.loop.Loop;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/**
 * Puts the events of each conversation in the order of their revs, and delivers each once. An event
 * that arrives ahead of a gap waits a moment for the missing ones; then those are fetched from the
 * store. A gap that the store cannot fill is never skipped: the feed restarts, which disconnects
 * its sockets so that their clients resume.
 */
final class RevOrder {
  static final long GAP_WAIT_MS = 50;
  static final long SECOND_FETCH_MS = 500;
  static final long RETRY_MS = 1_000;
  static final int MAX_EARLY = 1_000;
  static final int MAX_FETCHED = 500;

  /** Where ordered events go. */
  interface Output {
    /** Delivers {@code change}, whose rev follows {@code feed.rev}, and moves {@code feed.rev}. */
    void deliver(ConversationFeed feed, TimelineChanged change);

    /** Disconnects everybody who receives {@code feed}. */
    void restart(ConversationFeed feed);

    void closeIfUnused(ConversationFeed feed);
  }

  /** Reads the events of a conversation from the store. */
  @FunctionalInterface
  interface History {
    Future<Result<Changes>> since(long conversation, long rev, int limit);
  }

  private final Loop loop;
  private final History history;
  private final Output output;
  private long repaired;

  RevOrder(Loop loop, History history, Output output) {
    this.loop = loop;
    this.history = history;
    this.output = output;
  }

  /**
   * The first event of a feed, which begins with it, unless earlier ones are merely late: after a
   * moment the lowest rev seen is where it begins.
   */
  void acceptFirst(ConversationFeed feed, TimelineChanged change) {
    if (change.rev() > 1) {
      feed.opening = true;
      loop.after(GAP_WAIT_MS, () -> opened(feed));
    }
    accept(feed, change);
  }

  void accept(ConversationFeed feed, TimelineChanged change) {
    if (change.rev() <= feed.rev) {
      return;
    }
    feed.knownRev = Math.max(feed.knownRev, change.rev());
    if (change.rev() == feed.rev + 1 && feed.early == null) {
      output.deliver(feed, change);
      return;
    }
    keep(feed, change);
    if (!feed.opening) {
      deliverConsecutive(feed);
      if (feed.early != null) {
        fillGap(feed);
      }
    }
  }

  private static void keep(ConversationFeed feed, TimelineChanged change) {
    TreeMap<Long, TimelineChanged> early = feed.early;
    if (early == null) {
      early = new TreeMap<>();
      feed.early = early;
    }
    // what does not fit is fetched later
    if (early.size() < MAX_EARLY) {
      early.put(change.rev(), change);
    }
  }

  private void opened(ConversationFeed feed) {
    feed.opening = false;
    if (feed.early != null) {
      feed.rev = feed.early.firstKey() - 1;
      deliverConsecutive(feed);
    }
    if (feed.isUnused()) {
      output.closeIfUnused(feed);
    } else if (feed.early != null) {
      fillGap(feed);
    }
  }

  private void deliverConsecutive(ConversationFeed feed) {
    TreeMap<Long, TimelineChanged> early = feed.early;
    while (early != null && !early.isEmpty() && early.firstKey() <= feed.rev + 1) {
      TimelineChanged next = early.pollFirstEntry().getValue();
      if (next.rev() > feed.rev) {
        output.deliver(feed, next);
      }
    }
    if (early != null && early.isEmpty()) {
      feed.early = null;
    }
  }

  /** The conversation has reached {@code rev}: fetches what has not come here within a moment. */
  void catchUp(ConversationFeed feed, long rev) {
    if (rev > feed.rev) {
      feed.knownRev = Math.max(feed.knownRev, rev);
      fillGap(feed);
    }
  }

  /** How many events have been read from the store because they did not arrive. */
  long repaired() {
    return repaired;
  }

  private void fillGap(ConversationFeed feed) {
    if (!feed.fetching && !feed.opening) {
      feed.fetching = true;
      loop.after(GAP_WAIT_MS, () -> fetch(feed));
    }
  }

  private void fetch(ConversationFeed feed) {
    boolean closed = feed.rev >= feed.knownRev;
    if (feed.isUnused() || closed) {
      feed.fetching = false;
      feed.incomplete = false;
      return;
    }
    loop.whenDone(
        history.since(feed.id, feed.rev, MAX_FETCHED),
        (found, failure) -> {
          if (failure == null) {
            feed.fetching = false;
            fetched(feed, found);
          } else {
            loop.after(RETRY_MS, () -> fetch(feed));
          }
        });
  }

  private void fetched(ConversationFeed feed, Result<Changes> found) {
    if (!(found instanceof Result.Done<Changes> done) || done.value().tooMany()) {
      restart(feed);
      return;
    }
    Changes changes = done.value();
    if (!fillsGap(feed, changes)) {
      fetchAgainOrRestart(feed);
      return;
    }
    feed.incomplete = false;
    for (TimelineChanged change : changes.events()) {
      deliverConsecutive(feed);
      if (change.rev() > feed.rev) {
        output.deliver(feed, change);
        repaired++;
      }
    }
    deliverConsecutive(feed);
    if (feed.early != null || changes.more()) {
      feed.knownRev = Math.max(feed.knownRev, feed.rev + 1);
      fillGap(feed);
    }
  }

  /**
   * Whether {@code changes} and the early events have every rev up to the one fetched. The store
   * keeps one change per subject, its latest: what changed twice in the gap leaves a hole, unless
   * the event itself has arrived.
   */
  private static boolean fillsGap(ConversationFeed feed, Changes changes) {
    Set<Long> revs = new HashSet<>();
    changes.events().forEach(change -> revs.add(change.rev()));
    if (feed.early != null) {
      revs.addAll(feed.early.headMap(changes.rev(), true).keySet());
    }
    revs.removeIf(rev -> rev <= feed.rev);
    return revs.size() >= changes.rev() - feed.rev;
  }

  // never deliver past a gap: after a second fetch the clients have to resume
  private void fetchAgainOrRestart(ConversationFeed feed) {
    if (feed.incomplete) {
      restart(feed);
      return;
    }
    feed.incomplete = true;
    feed.fetching = true;
    loop.after(SECOND_FETCH_MS, () -> fetch(feed));
  }

  private void restart(ConversationFeed feed) {
    feed.early = null;
    feed.incomplete = false;
    output.restart(feed);
  }
}
