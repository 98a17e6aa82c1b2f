package io.parley.channel;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** What a provider made of one attempt. */
public sealed interface Outcome {

  /** It took the message, and calls it {@code reference}. */
  record Sent(String reference) implements Outcome {}

  /** It will never take it. */
  record Refused(String code, String message) implements Outcome {}

  /** It did not take it, and wants to be left alone for a while. */
  record Throttled(Optional<Duration> retryAfter) implements Outcome {}

  /**
   * It did not take it; asking again is safe, here or elsewhere, but here not before it said so.
   */
  record Unavailable(String code, String message, Optional<Duration> retryAfter)
      implements Outcome {
    public Unavailable(String code, String message) {
      this(code, message, Optional.empty());
    }
  }

  /** It may have taken it: nobody but this provider may be asked again, and under the same key. */
  record Unknown(String code, String message) implements Outcome {}

  /** Whether the provider is in trouble; a refusal is an answer like any other. */
  default boolean isTrouble() {
    return switch (this) {
      case Sent sent -> false;
      case Refused refused -> false;
      case Throttled throttled -> false;
      case Unavailable unavailable -> true;
      case Unknown unknown -> true;
    };
  }

  /** How long the provider wants to be left alone, if it says so. */
  default Optional<Duration> pause() {
    return switch (this) {
      case Throttled throttled -> throttled.retryAfter();
      case Unavailable unavailable -> unavailable.retryAfter();
      case Sent sent -> Optional.empty();
      case Refused refused -> Optional.empty();
      case Unknown unknown -> Optional.empty();
    };
  }

  /** One word for books and metrics. */
  default String word() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
