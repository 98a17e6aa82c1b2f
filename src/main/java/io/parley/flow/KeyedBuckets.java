package io.parley.flow;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Token buckets, one for each key: a bucket holds as many tokens as it regains in a minute, and
 * regains them evenly. Time is an argument, in nanoseconds of a monotonic clock. Safe from any
 * thread.
 *
 * <p>A bucket is a single number, the time at which it will be full again. A full bucket is
 * therefore as good as none, and full buckets are forgotten when there are many. If so many keys
 * are in use at once that this makes no room, all newcomers share one bucket: no sender can make
 * this grow without a bound.
 */
public final class KeyedBuckets<K> {
  private static final long MINUTE = 60_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  /**
   * What a bucket says to a request.
   *
   * @param limit tokens of a full bucket
   * @param remaining whole tokens left, never negative
   * @param nanosUntilFull when the bucket will be full again
   * @param nanosUntilNext when there will be a token; 0 if the request was granted
   */
  public record Level(long limit, long remaining, long nanosUntilFull, long nanosUntilNext) {
    public boolean isGranted() {
      return nanosUntilNext == 0;
    }

    public long secondsUntilFull() {
      return seconds(nanosUntilFull);
    }

    public long secondsUntilNext() {
      return seconds(nanosUntilNext);
    }

    private static long seconds(long nanos) {
      return Math.ceilDiv(nanos, SECOND);
    }
  }

  private final long perMinute;
  private final long nanosPerToken;
  private final long nanosPerBucket;
  private final int maxKeys;
  private final ConcurrentMap<K, AtomicLong> fullAtByKey = new ConcurrentHashMap<>();
  private final AtomicLong shared;
  private final AtomicLong forgottenAt;

  /**
   * @param perMinute tokens of a bucket, at least 1
   * @param maxKeys buckets to keep
   */
  public KeyedBuckets(long perMinute, int maxKeys, long now) {
    this.perMinute = perMinute;
    this.nanosPerToken = Math.max(1, MINUTE / perMinute);
    this.nanosPerBucket = nanosPerToken * perMinute;
    this.maxKeys = maxKeys;
    this.shared = new AtomicLong(now);
    this.forgottenAt = new AtomicLong(now - SECOND);
  }

  /** Takes a token of {@code key} if there is one. */
  public Level take(K key, long now) {
    AtomicLong bucket = bucket(key, now);
    while (true) {
      long fullAt = bucket.get();
      long missing = missing(fullAt, now);
      long excess = missing + nanosPerToken - nanosPerBucket;
      if (excess > 0) {
        return level(missing, excess);
      }
      if (bucket.compareAndSet(fullAt, now + missing + nanosPerToken)) {
        return level(missing + nanosPerToken, 0);
      }
    }
  }

  /**
   * Takes tokens for what has already happened. The bucket may go into debt: then nothing is
   * granted until it has regained what it owes.
   */
  public void charge(K key, long tokens, long now) {
    bucket(key, now).updateAndGet(fullAt -> now + missing(fullAt, now) + tokens * nanosPerToken);
  }

  /** What {@link #take} would say of a token of {@code key}, without taking it. */
  public Level look(K key, long now) {
    AtomicLong known = fullAtByKey.get(key);
    if (known == null && fullAtByKey.size() >= maxKeys) {
      known = shared;
    }
    long missing = known == null ? 0 : missing(known.get(), now);
    return level(missing, Math.max(0, missing + nanosPerToken - nanosPerBucket));
  }

  private Level level(long missing, long nanosUntilNext) {
    long left = Math.max(0, nanosPerBucket - missing) / nanosPerToken;
    return new Level(perMinute, left, missing, nanosUntilNext);
  }

  private static long missing(long fullAt, long now) {
    return Math.max(0, fullAt - now);
  }

  private AtomicLong bucket(K key, long now) {
    AtomicLong known = fullAtByKey.get(key);
    if (known != null) {
      return known;
    }
    if (fullAtByKey.size() >= maxKeys) {
      forgetFull(now);
      if (fullAtByKey.size() >= maxKeys) {
        return shared;
      }
    }
    return fullAtByKey.computeIfAbsent(key, _ -> new AtomicLong(now));
  }

  // at most once a second, so that a flood of new keys does not pay for it each time
  private void forgetFull(long now) {
    long last = forgottenAt.get();
    if (now - last >= SECOND && forgottenAt.compareAndSet(last, now)) {
      fullAtByKey.values().removeIf(fullAt -> fullAt.get() - now <= 0);
    }
  }

  /** The buckets that are kept. */
  int size() {
    return fullAtByKey.size();
  }
}
