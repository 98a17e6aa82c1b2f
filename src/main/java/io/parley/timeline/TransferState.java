package io.parley.timeline;

import java.util.Locale;

/** Where a transfer is. */
public enum TransferState {
  INITIATED,
  SUCCEEDED,
  FAILED,
  CANCELED;

  private final String text = name().toLowerCase(Locale.ROOT);

  public static TransferState of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /** As the contract spells it. */
  public String text() {
    return text;
  }

  /**
   * Who may bring a transfer here: the author takes it back, a settler says how it ended. That it
   * begins is for both to repeat.
   */
  boolean mayBeSetBy(boolean author, boolean settler) {
    return switch (this) {
      case INITIATED -> author || settler;
      case CANCELED -> author;
      case SUCCEEDED, FAILED -> settler;
    };
  }
}
