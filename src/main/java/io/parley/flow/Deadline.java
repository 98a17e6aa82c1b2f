package io.parley.flow;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A moment by which something has to be done, on a monotonic clock. Safe from any thread. */
public final class Deadline {
  private final long atNanos;
  private final LongSupplier nanoClock;

  private Deadline(long atNanos, LongSupplier nanoClock) {
    this.atNanos = atNanos;
    this.nanoClock = nanoClock;
  }

  public static Deadline in(Duration time) {
    return in(time, System::nanoTime);
  }

  static Deadline in(Duration time, LongSupplier nanoClock) {
    return new Deadline(nanoClock.getAsLong() + time.toNanos(), nanoClock);
  }

  /** An earlier deadline, which leaves {@code reserve} for what comes afterwards. */
  public Deadline minus(Duration reserve) {
    return new Deadline(atNanos - reserve.toNanos(), nanoClock);
  }

  /** The time left, at least one millisecond, so that it can be given to a timer. */
  public Duration left() {
    return Duration.ofNanos(Math.max(1_000_000, atNanos - nanoClock.getAsLong()));
  }

  public boolean hasPassed() {
    return nanoClock.getAsLong() - atNanos >= 0;
  }
}
