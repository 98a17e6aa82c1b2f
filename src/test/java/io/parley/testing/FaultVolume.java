package io.parley.testing;

/**
 * How much a fault test does: a little by default, so that every check of the build can afford it;
 * {@code -Dvolume=10} does ten times as much.
 */
public final class FaultVolume {
  private static final int FACTOR = Integer.getInteger("volume", 1);

  private FaultVolume() {}

  public static int of(int base) {
    return base * FACTOR;
  }
}
