package io.parley.live.feed;

import io.parley.live.loop.Loop;
import io.vertx.core.Future;

/**
 * When an event loop compares with the store: one comparison at a time. Losses that are reported
 * meanwhile are one more comparison, after a pause that is as long as the last one took, so that a
 * database that answers slowly is not asked without end. A comparison that fails is repeated.
 */
public final class RecoverySchedule {
  static final long RETRY_MS = 1_000;

  /** Compares with the store. */
  @FunctionalInterface
  public interface Comparison {
    /** {@code ageMs}: the time since the first event that may be missing. */
    Future<Void> compare(long ageMs);
  }

  private final Loop loop;
  private final Comparison comparison;
  private boolean busy;
  private boolean wanted;
  private long wantedSince;

  public RecoverySchedule(Loop loop, Comparison comparison) {
    this.loop = loop;
    this.comparison = comparison;
  }

  /** Events of the last {@code ageMs} may be missing. */
  public void report(long ageMs) {
    want(loop.now() - ageMs);
    if (!busy) {
      compare();
    }
  }

  private void want(long since) {
    wantedSince = wanted ? Math.min(wantedSince, since) : since;
    wanted = true;
  }

  private void compare() {
    busy = false;
    if (!wanted) {
      return;
    }
    busy = true;
    wanted = false;
    long since = wantedSince;
    long began = loop.now();
    loop.whenDone(
        comparison.compare(began - since),
        (done, failure) -> {
          if (failure != null) {
            want(since);
          }
          loop.after(failure == null ? Math.max(1, loop.now() - began) : RETRY_MS, this::compare);
        });
  }
}
