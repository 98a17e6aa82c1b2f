package io.parley.flow;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bounded number of slots, in all and for each key, so that no single key can take them all; what
 * finds none is refused, not queued. Keeps only the keys that hold a slot. Safe from any thread.
 */
public final class KeyedSlots<K> {
  private final int max;
  private final int maxPerKey;
  private final AtomicInteger taken = new AtomicInteger();
  private final ConcurrentMap<K, Integer> takenByKey = new ConcurrentHashMap<>();

  /** A bound of 0 means none. */
  public KeyedSlots(int max, int maxPerKey) {
    this.max = max == 0 ? Integer.MAX_VALUE : max;
    this.maxPerKey = maxPerKey == 0 ? Integer.MAX_VALUE : maxPerKey;
  }

  /** Takes a slot of {@code key} if one is free; it is given back by {@link #release}. */
  public boolean tryTake(K key) {
    if (taken.incrementAndGet() > max) {
      taken.decrementAndGet();
      return false;
    }
    if (takenByKey.merge(key, 1, Integer::sum) > maxPerKey) {
      release(key);
      return false;
    }
    return true;
  }

  public void release(K key) {
    takenByKey.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
    taken.decrementAndGet();
  }
}
