package io.parley.channel;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The decision about a delivery after an attempt: a pure function of values. */
public sealed interface NextStep {

  /** The provider accepted it; its callbacks may still change the state. */
  record HandedOver(String reference) implements NextStep {}

  /** It ended without success. */
  record Failed(String code, String message) implements NextStep {}

  /** Its time to live ended. */
  record Expired() implements NextStep {}

  /**
   * It is sent again after a pause.
   *
   * @param bound whether only the same provider may be asked again
   */
  record Retry(Duration after, boolean bound, String code, String message) implements NextStep {}

  /** The code after the last attempt failed. */
  String GAVE_UP = "gave_up";

  /** The code of a refusal that has none of its own. */
  String REFUSED = "refused";

  /** The code of a delivery whose item was deleted before it was sent. */
  String WITHDRAWN = "withdrawn";

  /**
   * A delivery's progress before the outcome of an attempt is counted.
   *
   * @param attempts how many attempts have failed already
   */
  record Progress(int attempts, Instant expiresAt) {}

  /** The end of a delivery that must not be sent any more. */
  static Optional<NextStep> before(Progress progress, boolean withdrawn, Instant now) {
    if (withdrawn) {
      return Optional.of(new Failed(WITHDRAWN, "The item was deleted before it was sent."));
    }
    return isOver(progress, now) ? Optional.of(new Expired()) : Optional.empty();
  }

  static NextStep after(
      Progress progress, Outcome outcome, RetrySchedule schedule, Instant now, double chance) {
    return switch (outcome) {
      case Outcome.Sent sent -> new HandedOver(sent.reference());
      case Outcome.Refused refused -> new Failed(refused.code(), refused.message());
      case Outcome.Throttled throttled -> throttled(progress, throttled, schedule, now, chance);
      case Outcome.Unavailable trouble ->
          retry(progress, trouble, schedule, now, chance, trouble.code(), trouble.message());
      case Outcome.Unknown trouble ->
          retry(progress, trouble, schedule, now, chance, trouble.code(), trouble.message());
    };
  }

  // a 429 never counts as a failed attempt: a busy provider works, and only expiry ends the wait
  private static NextStep throttled(
      Progress progress,
      Outcome.Throttled outcome,
      RetrySchedule schedule,
      Instant now,
      double chance) {
    if (isOver(progress, now)) {
      return new Expired();
    }
    Duration jitter = schedule.after(progress.attempts() + 1, chance);
    Duration wanted = outcome.retryAfter().map(wait -> wait.plus(jitter)).orElse(jitter);
    return new Retry(
        bounded(wanted, progress, now),
        false,
        Outcome.THROTTLED,
        outcome.errorMessage().orElseThrow());
  }

  private static NextStep retry(
      Progress progress,
      Outcome trouble,
      RetrySchedule schedule,
      Instant now,
      double chance,
      String code,
      String message) {
    if (isOver(progress, now)) {
      return new Expired();
    }
    int attempts = progress.attempts() + 1;
    if (attempts >= schedule.attempts()) {
      return new Failed(GAVE_UP, code + ": " + message);
    }
    Duration jitter = schedule.after(attempts, chance);
    Duration wanted = trouble.pause().map(wait -> wait.plus(jitter)).orElse(jitter);
    boolean bound = trouble instanceof Outcome.Unknown;
    return new Retry(bounded(wanted, progress, now), bound, code, message);
  }

  private static boolean isOver(Progress progress, Instant now) {
    return !now.isBefore(progress.expiresAt());
  }

  // never wait beyond the expiry
  private static Duration bounded(Duration wanted, Progress progress, Instant now) {
    Duration left = Duration.between(now, progress.expiresAt());
    return wanted.compareTo(left) > 0 ? left : wanted;
  }
}
