package io.parley.flow;

/**
 * A bounded number of bytes that may be held in memory at a time; what does not fit is refused, not
 * queued. Confined to one event loop.
 */
public final class ByteBudget {
  private final long max;
  private long taken;

  public ByteBudget(long max) {
    this.max = max;
  }

  /** Takes {@code bytes} if they fit; they are given back by {@link #release}. */
  public boolean tryTake(long bytes) {
    if (bytes > max - taken) {
      return false;
    }
    taken += bytes;
    return true;
  }

  public void release(long bytes) {
    taken -= bytes;
  }
}
