package io.parley.store.delivery;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * The place from which a node looks for due deliveries of one provider. The index keeps the entries
 * of deleted rows until no transaction can see them, and during a long transaction these are many;
 * so a claim starts where the last one ended.
 *
 * <p>A commit may come late, with a row that was due earlier. Therefore a claim looks back a little
 * ten times a second, and every few seconds it scans from the very start, the less often the longer
 * that takes.
 */
final class ClaimCursor {
  private static final OffsetDateTime EPOCH =
      OffsetDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
  static final Position START = new Position(EPOCH, 0);
  static final long RESCAN_MS = 3_000;
  static final long LOOK_BACK_MS = 100;
  static final long LATE_COMMIT_MS = 500;
  private static final int RESCAN_PAUSE_FACTOR = 20;

  /** A row of the outbox, in the order in which rows are due. */
  record Position(OffsetDateTime dueAt, long delivery) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byTime = dueAt.compareTo(other.dueAt);
      return byTime != 0 ? byTime : Long.compare(delivery, other.delivery);
    }
  }

  private Position last = START;
  private Position recent = START;
  private Position lookBack = START;
  private boolean mayHaveMore;
  private boolean rescanning;
  private boolean takesUnbound;
  private long rescanAt;
  private long lookBackAt;
  private long snapshotAt;

  /** Where a claim starts that begins now. */
  Position startOf(long nowMs, boolean claimsUnbound) {
    if (claimsUnbound != takesUnbound) {
      takesUnbound = claimsUnbound;
      rescanAt = nowMs;
    }
    rescanning = nowMs >= rescanAt;
    if (rescanning) {
      return START;
    }
    if (mayHaveMore && nowMs < lookBackAt) {
      return last;
    }
    lookBackAt = nowMs + LOOK_BACK_MS;
    return lookBack;
  }

  /** Notes that a claim ended at {@code position}; when {@code full}, more may be due behind it. */
  void advance(Position position, boolean full, long nowMs, long tookMs) {
    mayHaveMore = full;
    if (rescanning) {
      rescanAt = nowMs + Math.max(RESCAN_MS, RESCAN_PAUSE_FACTOR * tookMs);
    }
    if (rescanning && full) {
      // more is due from the start on: continue behind it
      last = position;
      recent = position;
      lookBack = position;
      return;
    }
    if (position.compareTo(last) > 0) {
      last = position;
    }
    if (nowMs >= snapshotAt) {
      lookBack = recent;
      recent = last;
      snapshotAt = nowMs + LATE_COMMIT_MS;
    }
  }
}
