package io.parley.channel;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** The result of one attempt to hand a message to a provider. */
public sealed interface Outcome {
  /** The code of an attempt that was answered with a request to wait. */
  String THROTTLED = "throttled";

  /** The provider accepted the message under its own id {@code reference}. */
  record Sent(String reference) implements Outcome {}

  /** The provider will never accept it. */
  record Refused(String code, String message) implements Outcome {}

  /** The provider did not accept it and asks to wait (429). */
  record Throttled(Optional<Duration> retryAfter) implements Outcome {}

  /**
   * The provider did not accept it, so a retry is safe with this or another provider, with this one
   * not before {@code retryAfter}.
   */
  record Unavailable(String code, String message, Optional<Duration> retryAfter)
      implements Outcome {
    public Unavailable(String code, String message) {
      this(code, message, Optional.empty());
    }
  }

  /** The provider may have accepted it: retry with this provider only, under the same key. */
  record Unknown(String code, String message) implements Outcome {}

  /** Whether it counts against the provider; a refusal does not. */
  default boolean isTrouble() {
    return switch (this) {
      case Sent sent -> false;
      case Refused refused -> false;
      case Throttled throttled -> false;
      case Unavailable unavailable -> true;
      case Unknown unknown -> true;
    };
  }

  /** The pause that the provider asked for. */
  default Optional<Duration> pause() {
    return switch (this) {
      case Throttled throttled -> throttled.retryAfter();
      case Unavailable unavailable -> unavailable.retryAfter();
      case Sent sent -> Optional.empty();
      case Refused refused -> Optional.empty();
      case Unknown unknown -> Optional.empty();
    };
  }

  /** One line for logs: the code and message of a failure, else {@link #word}. */
  default String reason() {
    return this instanceof Throttled || errorCode().isEmpty()
        ? word()
        : errorCode().get() + ": " + errorMessage().orElse("");
  }

  /** The code of a failure; empty when the message was accepted. */
  default Optional<String> errorCode() {
    return switch (this) {
      case Sent sent -> Optional.empty();
      case Refused refused -> Optional.of(refused.code());
      case Throttled throttled -> Optional.of(THROTTLED);
      case Unavailable unavailable -> Optional.of(unavailable.code());
      case Unknown unknown -> Optional.of(unknown.code());
    };
  }

  /** The explanation of a failure; empty when the message was accepted. */
  default Optional<String> errorMessage() {
    return switch (this) {
      case Sent sent -> Optional.empty();
      case Refused refused -> Optional.of(refused.message());
      case Throttled throttled -> Optional.of("The provider asked to wait.");
      case Unavailable unavailable -> Optional.of(unavailable.message());
      case Unknown unknown -> Optional.of(unknown.message());
    };
  }

  /** The label used in metrics and lists of attempts. */
  default String word() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
