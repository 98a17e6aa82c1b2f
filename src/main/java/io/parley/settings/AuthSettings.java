package io.parley.settings;

import java.time.Duration;

/**
 * Lifetimes of credentials, and bounds on passwords: how many are hashed, and how many tried.
 *
 * @param publicPasswords whether the password that every sandbox has is one like any other
 */
public record AuthSettings(
    Duration tokenLifetime,
    Duration refreshLifetime,
    int hashThreads,
    int hashQueue,
    AttemptLimits attempts,
    PasswordCost passwordCost,
    boolean publicPasswords) {

  public AuthSettings withPasswordCost(PasswordCost cost) {
    return new AuthSettings(
        tokenLifetime, refreshLifetime, hashThreads, hashQueue, attempts, cost, publicPasswords);
  }

  static AuthSettings of(SettingsReader reader, Mode mode) {
    return new AuthSettings(
        reader.duration("auth.token_lifetime", Duration.ofSeconds(1), Duration.ofDays(1)),
        reader.duration("auth.refresh_lifetime", Duration.ofMinutes(1), Duration.ofDays(400)),
        reader.whole("auth.hash_threads", 1, 64),
        reader.whole("auth.hash_queue", 1, 100_000),
        AttemptLimits.of(reader, mode),
        PasswordCost.STANDARD,
        mode == Mode.SANDBOX);
  }
}
