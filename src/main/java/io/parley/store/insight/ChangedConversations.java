package io.parley.store.insight;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The conversations that a job has to look at, oldest first. It remembers a bounded number; further
 * ones are dropped, and {@link #hasOverflowed} says that they must be looked for in the database.
 */
final class ChangedConversations {
  private final int capacity;
  private final Map<Long, Long> notedAt = new LinkedHashMap<>();
  private boolean overflowed;

  ChangedConversations(int capacity) {
    this.capacity = capacity;
  }

  void note(long conversation, long now) {
    if (notedAt.size() < capacity) {
      notedAt.putIfAbsent(conversation, now);
    } else {
      overflowed |= !notedAt.containsKey(conversation);
    }
  }

  void noteAll(Collection<Long> conversations, long now) {
    conversations.forEach(each -> note(each, now));
  }

  /** Removes and returns the oldest ones. */
  List<Long> take(int most) {
    List<Long> taken = new ArrayList<>(Math.min(most, notedAt.size()));
    Iterator<Long> oldest = notedAt.keySet().iterator();
    while (taken.size() < most && oldest.hasNext()) {
      taken.add(oldest.next());
      oldest.remove();
    }
    return taken;
  }

  int size() {
    return notedAt.size();
  }

  boolean isEmpty() {
    return notedAt.isEmpty();
  }

  /** When the oldest one was noted. */
  OptionalLong oldest() {
    return notedAt.values().stream().mapToLong(Long::longValue).findFirst();
  }

  boolean hasOverflowed() {
    return overflowed;
  }

  /** The database is being asked for what was dropped so far. */
  void clearOverflow() {
    overflowed = false;
  }
}
