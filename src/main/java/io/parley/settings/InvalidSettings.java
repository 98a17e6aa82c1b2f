package io.parley.settings;

/** A setting an operator has to mend; the message is one line and names it. */
public final class InvalidSettings extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidSettings(String message) {
    super(message, null, false, false);
  }

  static InvalidSettings of(String key, String value, String allowed) {
    return new InvalidSettings(key + ": \"" + value + "\" is not " + allowed);
  }
}
