package io.parley.flow;

/**
 * A bounded number of slots; what finds none is refused, not queued. Confined to one event loop.
 */
public final class Slots {
  private final int max;
  private int taken;

  public Slots(int max) {
    this.max = max;
  }

  /** Takes a slot if one is free; it is given back by {@link #release}. */
  public boolean tryTake() {
    if (taken >= max) {
      return false;
    }
    taken++;
    return true;
  }

  public void release() {
    taken--;
  }
}
