package io.parley.json;

/** Text that nobody can read; the message says why, fit for a client's eyes. */
public final class MalformedText extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedText(String message) {
    super(message, null, false, false);
    this.reason = message;
  }

  /** Why, fit for a client's eyes. */
  public String reason() {
    return reason;
  }
}
