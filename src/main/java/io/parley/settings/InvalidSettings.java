package io.parley.settings;

import java.util.ArrayList;
import java.util.List;

/** Settings that an operator has to correct: every mistake that was found, one per line. */
public final class InvalidSettings extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> mistakes;

  InvalidSettings(List<String> mistakes) {
    super("Invalid settings:\n  " + String.join("\n  ", mistakes), null, false, false);
    this.mistakes = List.copyOf(mistakes);
  }

  /** A mistake in the setting with this key; {@code mistake} must not quote a secret. */
  public static InvalidSettings of(String key, String mistake) {
    return new InvalidSettings(List.of(new SettingName(key) + ": " + mistake));
  }

  /** Runs every check, and then reports the mistakes of all of them together. */
  public static void throwAny(Runnable... checks) {
    List<String> mistakes = new ArrayList<>();
    for (Runnable check : checks) {
      try {
        check.run();
      } catch (InvalidSettings invalid) {
        mistakes.addAll(invalid.mistakes);
      }
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidSettings(mistakes);
    }
  }
}
