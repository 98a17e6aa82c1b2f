package io.parley.channel;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What becomes of a delivery after an attempt. Decided here, from values alone. */
public sealed interface NextStep {

  /** The provider has it; what it says later may still move the state. */
  record HandedOver(String reference) implements NextStep {}

  /** It is over, without success. */
  record Failed(String code, String message) implements NextStep {}

  /** Its time ran out. */
  record Expired() implements NextStep {}

  /**
   * It is tried again.
   *
   * @param bound whether only the provider asked may be asked again
   */
  record Again(Duration after, boolean bound, String code, String message) implements NextStep {}

  /** Every attempt was in vain. */
  String GAVE_UP = "gave_up";

  /** The code of a refusal that has none of its own. */
  String REFUSED = "refused";

  /** Its item was deleted before it left. */
  String WITHDRAWN = "withdrawn";

  /**
   * How a delivery stands before an attempt's outcome is counted.
   *
   * @param attempts how often a provider was asked already
   */
  record Standing(int attempts, Instant expiresAt) {}

  /** Whether there is nothing to ask any more. */
  static Optional<NextStep> before(Standing standing, boolean withdrawn, Instant now) {
    if (withdrawn) {
      return Optional.of(new Failed(WITHDRAWN, "the item was deleted before it was sent"));
    }
    return isOver(standing, now) ? Optional.of(new Expired()) : Optional.empty();
  }

  static NextStep after(
      Standing standing, Outcome outcome, RetrySchedule schedule, Instant now, double chance) {
    return switch (outcome) {
      case Outcome.Sent sent -> new HandedOver(sent.reference());
      case Outcome.Refused refused -> new Failed(refused.code(), refused.message());
      case Outcome.Throttled throttled -> throttled(standing, throttled, schedule, now, chance);
      case Outcome.Unavailable trouble ->
          again(standing, trouble, schedule, now, chance, trouble.code(), trouble.message());
      case Outcome.Unknown trouble ->
          again(standing, trouble, schedule, now, chance, trouble.code(), trouble.message());
    };
  }

  // a busy provider is a working one: being told to wait never ends in giving up, only in expiry
  private static NextStep throttled(
      Standing standing,
      Outcome.Throttled outcome,
      RetrySchedule schedule,
      Instant now,
      double chance) {
    if (isOver(standing, now)) {
      return new Expired();
    }
    Duration jitter = schedule.after(standing.attempts() + 1, chance);
    Duration wanted = outcome.retryAfter().map(told -> told.plus(jitter)).orElse(jitter);
    return new Again(
        bounded(wanted, standing, now), false, "throttled", "the provider asked to wait");
  }

  private static NextStep again(
      Standing standing,
      Outcome trouble,
      RetrySchedule schedule,
      Instant now,
      double chance,
      String code,
      String message) {
    if (isOver(standing, now)) {
      return new Expired();
    }
    int attempts = standing.attempts() + 1;
    if (attempts >= schedule.attempts()) {
      return new Failed(GAVE_UP, code + ": " + message);
    }
    Duration jitter = schedule.after(attempts, chance);
    Duration wanted = trouble.pause().map(told -> told.plus(jitter)).orElse(jitter);
    boolean bound = trouble instanceof Outcome.Unknown;
    return new Again(bounded(wanted, standing, now), bound, code, message);
  }

  private static boolean isOver(Standing standing, Instant now) {
    return !now.isBefore(standing.expiresAt());
  }

  // whoever waits beyond the end is told of the end when it comes
  private static Duration bounded(Duration wanted, Standing standing, Instant now) {
    Duration left = Duration.between(now, standing.expiresAt());
    return wanted.compareTo(left) > 0 ? left : wanted;
  }
}
