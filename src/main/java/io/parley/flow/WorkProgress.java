package io.parley.flow;

import java.time.Duration;

/**
 * Counts the work that is under way on one resource, and tells for how long none of it has ended.
 * Time is an argument, in nanoseconds of a monotonic clock. Confined to one event loop.
 */
public final class WorkProgress {
  private int underWay;
  private long quietSince;

  public WorkProgress(long now) {
    this.quietSince = now;
  }

  public void begin(long now) {
    if (underWay++ == 0) {
      quietSince = now;
    }
  }

  public void end(long now) {
    underWay--;
    quietSince = now;
  }

  public int underWay() {
    return underWay;
  }

  /** Whether there is work, and none has ended for longer than {@code limit}. */
  public boolean isStalled(long now, Duration limit) {
    return underWay > 0 && now - quietSince > limit.toNanos();
  }

  /** Whether there has been no work for longer than {@code period}. */
  public boolean isIdle(long now, Duration period) {
    return underWay == 0 && now - quietSince > period.toNanos();
  }
}
