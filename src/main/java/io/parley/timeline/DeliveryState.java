package io.parley.timeline;

import java.util.Locale;

/**
 * The state of a delivery. A state is replaced only by one of a higher rank, so a delivery never
 * goes back; "delivered" ranks highest, because a provider may report it after a failure.
 *
 * <p>The database applies the same rule under its locks, by the SQL function {@code delivery_rank};
 * a test compares the two for every pair of states.
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
