package io.parley.timeline;

import java.util.Locale;

/** The state of a transfer. */
public enum TransferState {
  INITIATED,
  SUCCEEDED,
  FAILED,
  CANCELED;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static TransferState of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** The spelling of the contract. */
  public String text() {
    return text;
  }

  /**
   * Whether a caller may request this state: authors cancel, settlers report success or failure.
   * Both may request the initial state again, which is a no-op or an illegal move.
   */
  boolean mayBeSetBy(boolean author, boolean settler) {
    return switch (this) {
      case INITIATED -> author || settler;
      case CANCELED -> author;
      case SUCCEEDED, FAILED -> settler;
    };
  }
}
