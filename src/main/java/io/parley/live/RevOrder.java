package io.parley.live;

import io.parley.bus.Bus;
import io.parley.conversation.ConversationVerbs;
import io.parley.conversation.ConversationVerbs.Changes;
import io.parley.conversation.ConversationVerbs.FindExternal;
import io.parley.conversation.ConversationVerbs.FindNews;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets the changes of a conversation pass in the order of their revs, each once. What comes early
 * waits a moment for what it came before; then that is fetched.
 */
final class RevOrder {
  private static final long PATIENCE_MS = 50;
  private static final long LAST_PATIENCE_MS = 500;
  private static final long AGAIN_MS = 1_000;
  private static final int MOST_EARLY = 1_000;
  private static final int MOST_FETCHED = 500;
  private static final int MOST_UNKNOWN = 10_000;
  private static final int MOST_KINDS = 100_000;
  private static final int MOST_EXTERNAL = 100_000;

  private final SocketLoop desk;
  private final Bus bus;
  private final Subscriptions audience;

  /** Of which conversations agents hear; those with a room of their own are not asked for. */
  private final Map<Long, ConversationFeed> external = new LinkedHashMap<>();

  private final Set<Long> internal = new LinkedHashSet<>();
  private final Map<Long, List<TimelineChanged>> unknown = new HashMap<>();
  private boolean asking;

  RevOrder(SocketLoop desk, Bus bus, Subscriptions audience) {
    this.desk = desk;
    this.bus = bus;
    this.audience = audience;
  }

  void hear(ConversationFeed room, TimelineChanged change) {
    if (change.rev() <= room.rev) {
      return;
    }
    if (change.rev() > room.rev + 1 || room.early != null) {
      keep(room, change);
      return;
    }
    audience.tell(room, change);
  }

  private void keep(ConversationFeed room, TimelineChanged change) {
    TreeMap<Long, TimelineChanged> early = room.early;
    if (early == null) {
      early = new TreeMap<>();
      room.early = early;
    }
    if (early.size() < MOST_EARLY) {
      early.put(change.rev(), change);
    }
    if (room.opening) {
      return;
    }
    pass(room);
    if (room.early != null) {
      miss(room);
    }
  }

  /**
   * The first that is heard of a room, which begins with it; unless what came before it is only
   * late.
   */
  void begin(ConversationFeed room, TimelineChanged change) {
    if (change.rev() > 1) {
      room.opening = true;
      desk.after(PATIENCE_MS, () -> open(room));
    }
    hear(room, change);
  }

  private void open(ConversationFeed room) {
    room.opening = false;
    if (room.early != null) {
      room.rev = room.early.firstKey() - 1;
      pass(room);
    }
    if (room.isEmpty()) {
      audience.close(room);
    } else if (room.early != null) {
      miss(room);
    }
  }

  /** Tells what is in order by now. */
  private void pass(ConversationFeed room) {
    TreeMap<Long, TimelineChanged> early = room.early;
    while (early != null && !early.isEmpty() && early.firstKey() <= room.rev + 1) {
      TimelineChanged next = early.pollFirstEntry().getValue();
      if (next.rev() > room.rev) {
        audience.tell(room, next);
      }
    }
    if (early != null && early.isEmpty()) {
      room.early = null;
    }
  }

  /** Something is missing; it may be on its way. */
  void miss(ConversationFeed room) {
    if (!room.missing && !room.opening) {
      room.missing = true;
      desk.after(PATIENCE_MS, () -> fetch(room));
    }
  }

  private void fetch(ConversationFeed room) {
    if (room.isEmpty()) {
      return;
    }
    desk.home(
        bus.request(ConversationVerbs.FIND_NEWS, new FindNews(room.id, room.rev, MOST_FETCHED)),
        (found, failure) -> {
          if (failure == null) {
            room.missing = false;
            fetched(room, found);
          } else {
            desk.after(AGAIN_MS, () -> fetch(room));
          }
        });
  }

  private void fetched(ConversationFeed room, Result<Changes> found) {
    if (!(found instanceof Result.Done<Changes> done) || done.value().tooMany()) {
      startOver(room);
      return;
    }
    if (!isWhole(room, done.value())) {
      doubt(room);
      return;
    }
    room.doubted = false;
    for (TimelineChanged change : done.value().events()) {
      pass(room);
      if (change.rev() > room.rev) {
        audience.tell(room, change);
      }
    }
    pass(room);
    if (room.early != null || done.value().more()) {
      miss(room);
    }
  }

  /**
   * The change feed tells each thing once, as it is now: what changed twice meanwhile is a hole in
   * it, unless the news itself has come.
   */
  private static boolean isWhole(ConversationFeed room, Changes changes) {
    Set<Long> revs = new HashSet<>();
    changes.events().forEach(change -> revs.add(change.rev()));
    if (room.early != null) {
      revs.addAll(room.early.headMap(changes.rev(), true).keySet());
    }
    revs.removeIf(rev -> rev <= room.rev);
    return revs.size() >= changes.rev() - room.rev;
  }

  // a hole is never told live: whoever comes again is told by resume what there is
  private void doubt(ConversationFeed room) {
    if (room.doubted) {
      startOver(room);
      return;
    }
    room.doubted = true;
    room.missing = true;
    desk.after(LAST_PATIENCE_MS, () -> fetch(room));
  }

  private void startOver(ConversationFeed room) {
    room.early = null;
    room.doubted = false;
    audience.startOver(room);
  }

  /** A change where nobody here is a member: agents hear it if somebody outside is. */
  void hearUnknown(TimelineChanged change) {
    long id = change.conversation();
    if (internal.contains(id)) {
      return;
    }
    if (unknown.size() < MOST_UNKNOWN) {
      unknown.computeIfAbsent(id, any -> new ArrayList<>(1)).add(change);
    }
    ask();
  }

  /** Does it if agents hear of that conversation, of which nothing has been heard here yet. */
  void ifExternal(long id, Runnable then) {
    if (!internal.contains(id)) {
      desk.home(
          bus.request(ConversationVerbs.FIND_EXTERNAL, new FindExternal(List.of(id))),
          (found, failure) -> {
            if (failure == null && found.conversations().contains(id)) {
              then.run();
            }
          });
    }
  }

  private void ask() {
    if (asking || unknown.isEmpty()) {
      return;
    }
    asking = true;
    List<Long> ids = List.copyOf(unknown.keySet());
    Future<ConversationVerbs.External> asked =
        bus.request(ConversationVerbs.FIND_EXTERNAL, new FindExternal(ids));
    desk.home(
        asked,
        (found, failure) -> {
          asking = false;
          if (failure == null) {
            ids.forEach(id -> known(id, found.conversations().contains(id)));
            ask();
          } else {
            desk.after(AGAIN_MS, this::ask);
          }
        });
  }

  private void known(long id, boolean isExternal) {
    List<TimelineChanged> kept = unknown.remove(id);
    if (!isExternal) {
      if (internal.size() >= MOST_KINDS) {
        internal.remove(internal.iterator().next());
      }
      internal.add(id);
      return;
    }
    if (kept == null || kept.isEmpty()) {
      return;
    }
    if (external.size() >= MOST_EXTERNAL) {
      ConversationFeed oldest = external.remove(external.keySet().iterator().next());
      close(oldest);
    }
    boolean isNew = !audience.hasRoom(id);
    ConversationFeed room = audience.openExternal(id);
    external.put(id, room);
    if (isNew) {
      begin(room, kept.removeFirst());
    }
    kept.forEach(change -> hear(room, change));
  }

  private void close(@Nullable ConversationFeed room) {
    if (room != null) {
      room.external = false;
      audience.close(room);
    }
  }

  boolean isWithoutExternal() {
    return external.isEmpty();
  }

  /** No agent listens here anymore. */
  void forgetExternal() {
    external.values().forEach(this::close);
    external.clear();
    internal.clear();
    unknown.clear();
  }
}
