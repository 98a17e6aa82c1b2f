package io.parley.channel;

import java.util.Locale;

/**
 * Where a delivery is. States have a rank and nothing goes back, but that what was delivered after
 * all wins over what was thought to have failed.
 */
public enum DeliveryState {
  QUEUED(0),
  SENDING(1),
  SENT(2),
  FAILED(3),
  EXPIRED(3),
  DELIVERED(4);

  private final int rank;
  private final String text = name().toLowerCase(Locale.ROOT);

  DeliveryState(int rank) {
    this.rank = rank;
  }

  public static DeliveryState of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** As the contract spells it. */
  public String text() {
    return text;
  }

  /** Whether news of {@code next} changes a delivery that is here. */
  public boolean mayBecome(DeliveryState next) {
    return next.rank > rank;
  }

  /** Whether nothing more is tried, unless somebody redrives it. */
  public boolean isOver() {
    return rank >= FAILED.rank;
  }
}
