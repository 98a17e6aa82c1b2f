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

  /** It did not take it; asking again is safe, here or elsewhere. */
  record Unavailable(String code, String message) implements Outcome {}

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

  /** One word for books and metrics. */
  default String word() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
