package io.parley.json;

/** Text that cannot be read; the message says why, in words for the client. */
public final class MalformedText extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public MalformedText(String message) {
    super(message, null, false, false);
    this.reason = message;
  }

  /** Why, in words for the client. */
  public String reason() {
    return reason;
  }
}
