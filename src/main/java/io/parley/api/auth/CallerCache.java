package io.parley.api.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bounded cache of verified callers by their credentials. Simultaneous requests with the same
 * credentials share one check. Safe from any thread.
 *
 * <p>An entry is trusted for five minutes, never beyond the end of its token, and only while the
 * cache is fresh: {@link #confirm} must have been called within five seconds. A caller that was
 * read before a change is never stored after it.
 */
final class CallerCache {
  private static final long TRUST_NANOS = Duration.ofMinutes(5).toNanos();
  private static final long STALE_NANOS = Duration.ofSeconds(5).toNanos();

  private record Entry(Caller caller, long trustedUntil) {}

  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final int maxEntries;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final Map<String, Future<Caller>> pendingChecks = new ConcurrentHashMap<>();
  private final AtomicLong changes = new AtomicLong();
  private volatile long confirmedAt;

  CallerCache(InstantSource clock, LongSupplier nanoTime, int maxEntries) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.maxEntries = maxEntries;
    // stale until the first confirmation: no change before it would be noticed
    this.confirmedAt = nanoTime.getAsLong() - STALE_NANOS;
  }

  /** The caller with these credentials, from the cache or else from {@code check}. */
  Future<Caller> get(String credentials, Supplier<Future<Caller>> check) {
    Caller cached = cached(credentials);
    return cached != null ? Future.succeededFuture(cached) : checkOnce(credentials, check);
  }

  /** Declares the entries valid as of {@code asOf}, in nanoseconds of the same clock. */
  void confirm(long asOf) {
    confirmedAt = asOf;
  }

  /** Removes the entries that depend on these accounts or logins. */
  void remove(Set<Long> accounts, Set<UUID> logins) {
    // in this order: pending checks will not be stored, later requests do not join them, and only
    // then the entries go
    changes.incrementAndGet();
    pendingChecks.clear();
    entries.values().removeIf(entry -> entry.caller().dependsOn(accounts, logins));
  }

  private @Nullable Caller cached(String credentials) {
    Entry entry = entries.get(credentials);
    if (entry == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    if (now - entry.trustedUntil() >= 0) {
      entries.remove(credentials, entry);
      return null;
    }
    // a stale cache keeps its entries: the next confirmation makes them valid again
    return isFresh(now) ? entry.caller() : null;
  }

  private boolean isFresh(long now) {
    return now - confirmedAt < STALE_NANOS;
  }

  private Future<Caller> checkOnce(String credentials, Supplier<Future<Caller>> check) {
    Promise<Caller> promise = Promise.promise();
    Future<Caller> mine = promise.future();
    Future<Caller> pending = pendingChecks.putIfAbsent(credentials, mine);
    if (pending != null) {
      return pending;
    }
    // an earlier check may have finished between the look-up and the registration
    Caller cached = cached(credentials);
    (cached != null ? Future.succeededFuture(cached) : checkAndStore(credentials, check))
        .onComplete(done -> pendingChecks.remove(credentials, mine))
        .onComplete(promise);
    return mine;
  }

  private Future<Caller> checkAndStore(String credentials, Supplier<Future<Caller>> check) {
    long changesBefore = changes.get();
    Future<Caller> checked;
    try {
      checked = check.get();
    } catch (RuntimeException bug) {
      // or the check would stay pending for ever
      return Future.failedFuture(bug);
    }
    return checked.onSuccess(caller -> store(credentials, caller, changesBefore));
  }

  private void store(String credentials, Caller caller, long changesBefore) {
    long now = nanoTime.getAsLong();
    if (changes.get() != changesBefore || !isFresh(now)) {
      return;
    }
    if (entries.size() >= maxEntries) {
      makeRoom(now);
    }
    Entry entry = new Entry(caller, now + trustNanos(caller));
    entries.put(credentials, entry);
    // a change in between may have missed the entry
    if (changes.get() != changesBefore) {
      entries.remove(credentials, entry);
    }
  }

  private long trustNanos(Caller caller) {
    return caller instanceof Caller.User user && user.until().isPresent()
        ? Math.clamp(
            Duration.between(clock.instant(), user.until().get()).toNanos(), 0, TRUST_NANOS)
        : TRUST_NANOS;
  }

  /**
   * Removes the expired entries, and at most a tenth of the others: if all went at once, every
   * password would be hashed again.
   */
  private void makeRoom(long now) {
    entries.values().removeIf(entry -> now - entry.trustedUntil() >= 0);
    Iterator<String> keys = entries.keySet().iterator();
    int excess = entries.size() - (maxEntries - maxEntries / 10);
    for (; excess > 0 && keys.hasNext(); excess--) {
      keys.next();
      keys.remove();
    }
  }
}
