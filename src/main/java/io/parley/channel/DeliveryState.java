package io.parley.channel;

import java.util.Locale;

/**
 * The state of a delivery. States have a rank and never go back; a late {@code DELIVERED} wins over
 * {@code FAILED} and {@code EXPIRED}.
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

  /** The spelling of the contract. */
  public String text() {
    return text;
  }

  /** Whether a report of {@code next} changes a delivery in this state. */
  public boolean mayBecome(DeliveryState next) {
    return next.rank > rank;
  }

  /** Whether it is final unless it is redriven. */
  public boolean isOver() {
    return rank >= FAILED.rank;
  }
}
