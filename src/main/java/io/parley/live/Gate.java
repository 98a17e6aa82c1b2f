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
final class Gate {
  private static final long PATIENCE_MS = 50;
  private static final long AGAIN_MS = 1_000;
  private static final int MOST_EARLY = 1_000;
  private static final int MOST_FETCHED = 500;
  private static final int MOST_UNKNOWN = 10_000;
  private static final int MOST_KINDS = 100_000;
  private static final int MOST_EXTERNAL = 100_000;

  private final Desk desk;
  private final Bus bus;
  private final Audience audience;

  /** Of which conversations agents hear; those with a room of their own are not asked for. */
  private final Map<Long, Room> external = new LinkedHashMap<>();

  private final Set<Long> internal = new LinkedHashSet<>();
  private final Map<Long, List<TimelineChanged>> unknown = new HashMap<>();
  private boolean asking;

  Gate(Desk desk, Bus bus, Audience audience) {
    this.desk = desk;
    this.bus = bus;
    this.audience = audience;
  }

  void hear(Room room, TimelineChanged change) {
    if (change.rev() <= room.rev) {
      return;
    }
    if (change.rev() > room.rev + 1 || room.early != null) {
      keep(room, change);
      return;
    }
    audience.tell(room, change);
  }

  private void keep(Room room, TimelineChanged change) {
    TreeMap<Long, TimelineChanged> early = room.early;
    if (early == null) {
      early = new TreeMap<>();
      room.early = early;
    }
    if (early.size() < MOST_EARLY) {
      early.put(change.rev(), change);
    }
    pass(room);
    if (room.early != null) {
      miss(room);
    }
  }

  /** Tells what is in order by now. */
  private void pass(Room room) {
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
  void miss(Room room) {
    if (!room.missing) {
      room.missing = true;
      desk.after(PATIENCE_MS, () -> fetch(room));
    }
  }

  private void fetch(Room room) {
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

  private void fetched(Room room, Result<Changes> found) {
    if (!(found instanceof Result.Done<Changes> done) || done.value().tooMany()) {
      room.early = null;
      audience.startOver(room);
      return;
    }
    for (TimelineChanged change : done.value().events()) {
      if (change.rev() > room.rev) {
        audience.tell(room, change);
      }
    }
    room.rev = Math.max(room.rev, done.value().rev());
    pass(room);
    if (room.early != null || done.value().more()) {
      miss(room);
    }
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
      Room oldest = external.remove(external.keySet().iterator().next());
      close(oldest);
    }
    long first = kept.stream().mapToLong(TimelineChanged::rev).min().orElse(1);
    Room room = audience.openExternal(id, first - 1);
    external.put(id, room);
    kept.forEach(change -> hear(room, change));
  }

  private void close(@Nullable Room room) {
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
