package io.parley.live.feed;

import io.parley.live.loop.Loop;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds out which conversations have external participants, so that agents receive them without
 * being members. Asks the store once per conversation, many at a time, and remembers the answers
 * within bounds. Events of a conversation wait for its answer.
 */
final class ExternalConversations {
  static final long RETRY_MS = 1_000;
  static final int MAX_WAITING = 10_000;
  static final int MAX_INTERNAL = 100_000;
  static final int MAX_EXTERNAL = 100_000;

  /** Where the events of external conversations go. */
  interface Output {
    /** Opens a feed for all agents, with the {@code events} that waited; at least one. */
    void openExternal(long conversation, List<TimelineChanged> events);

    void closeExternal(long conversation);
  }

  /** Returns those of some conversations that have external participants. */
  @FunctionalInterface
  interface Lookup {
    Future<Set<Long>> external(List<Long> conversations);
  }

  private final Loop loop;
  private final Lookup lookup;
  private final Output output;

  /** Oldest first, like {@link #internal}: the oldest is forgotten when there are too many. */
  private final Set<Long> external = new LinkedHashSet<>();

  private final Set<Long> internal = new LinkedHashSet<>();
  private final Map<Long, List<TimelineChanged>> waiting = new HashMap<>();
  private boolean asking;

  ExternalConversations(Loop loop, Lookup lookup, Output output) {
    this.loop = loop;
    this.lookup = lookup;
    this.output = output;
  }

  /** An event of a conversation that has no feed here. */
  void accept(TimelineChanged change) {
    long id = change.conversation();
    if (internal.contains(id)) {
      return;
    }
    if (waiting.size() < MAX_WAITING) {
      waiting.computeIfAbsent(id, any -> new ArrayList<>(1)).add(change);
    }
    ask();
  }

  /** Runs {@code task} if {@code conversation}, which has no feed here, is external. */
  void ifExternal(long conversation, Runnable task) {
    if (!internal.contains(conversation)) {
      loop.whenDone(
          lookup.external(List.of(conversation)),
          (found, failure) -> {
            if (failure == null && found.contains(conversation)) {
              task.run();
            }
          });
    }
  }

  /** The external conversations known here. */
  List<Long> known() {
    return List.copyOf(external);
  }

  boolean isKnown(long conversation) {
    return external.contains(conversation);
  }

  /** A conversation turned out to be external by another way than its events. */
  void add(long conversation) {
    if (!external.contains(conversation)) {
      long forgotten = forgetOldest(external, MAX_EXTERNAL);
      if (forgotten != 0) {
        output.closeExternal(forgotten);
      }
      external.add(conversation);
    }
  }

  boolean isEmpty() {
    return external.isEmpty();
  }

  /** The last agent here has left. */
  void clear() {
    external.forEach(output::closeExternal);
    external.clear();
    internal.clear();
    waiting.clear();
  }

  private void ask() {
    if (asking || waiting.isEmpty()) {
      return;
    }
    asking = true;
    List<Long> ids = List.copyOf(waiting.keySet());
    loop.whenDone(
        lookup.external(ids),
        (found, failure) -> {
          asking = false;
          if (failure == null) {
            ids.forEach(id -> answered(id, found.contains(id)));
            ask();
          } else {
            loop.after(RETRY_MS, this::ask);
          }
        });
  }

  private void answered(long id, boolean isExternal) {
    List<TimelineChanged> events = waiting.remove(id);
    if (!isExternal) {
      forgetOldest(internal, MAX_INTERNAL);
      internal.add(id);
    } else if (events != null) {
      add(id);
      output.openExternal(id, events);
    }
  }

  /** Makes room for one more; returns what was removed, or 0. */
  private static long forgetOldest(Set<Long> ids, int max) {
    if (ids.size() < max) {
      return 0;
    }
    long oldest = ids.iterator().next();
    ids.remove(oldest);
    return oldest;
  }
}
