package io.parley.store.delivery;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Where a node begins to look for what is due. The index keeps an entry for every row that is gone
 * until no transaction can see it any more, and while one is long they are many: so a claim begins
 * where the last one ended.
 *
 * <p>A commit may be late and be due before that, so ten times a second a claim begins where they
 * ended a while ago, and every few seconds at the very start, the more rarely the longer that
 * takes.
 */
final class ClaimCursor {
  private static final OffsetDateTime EVER =
      OffsetDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
  static final Place START = new Place(EVER, 0);
  static final long RESCAN_MS = 3_000;
  static final long LOOK_BACK_MS = 100;
  static final long LATE_MS = 500;
  private static final int SHARE = 20;

  /** A row in the order of when it is due. */
  record Place(OffsetDateTime at, long delivery) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : Long.compare(delivery, other.delivery);
    }
  }

  private Place last = START;
  private Place lately = START;
  private Place before = START;
  private boolean busy;
  private boolean whole;
  private boolean fresh;
  private long rescanAt;
  private long lookBackAt;
  private long markAt;

  /** Where a claim that begins now begins. */
  Place from(long nowMs, boolean takesFresh) {
    if (takesFresh != fresh) {
      fresh = takesFresh;
      rescanAt = nowMs;
    }
    whole = nowMs >= rescanAt;
    if (whole) {
      return START;
    }
    if (busy && nowMs < lookBackAt) {
      return last;
    }
    lookBackAt = nowMs + LOOK_BACK_MS;
    return before;
  }

  /** A claim ended at {@code place}; {@code full} says that there may be more behind it. */
  void passed(Place place, boolean full, long nowMs, long tookMs) {
    busy = full;
    if (whole) {
      rescanAt = nowMs + Math.max(RESCAN_MS, SHARE * tookMs);
    }
    if (whole && full) {
      // there is more from the start on: go on behind it
      last = place;
      lately = place;
      before = place;
      return;
    }
    if (place.compareTo(last) > 0) {
      last = place;
    }
    if (nowMs >= markAt) {
      before = lately;
      lately = last;
      markAt = nowMs + LATE_MS;
    }
  }
}
