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
  private static final String HASH_THREADS = "auth.hash_threads";
  private static final int MAX_HASH_THREADS = 64;

  public AuthSettings withPasswordCost(PasswordCost cost) {
    return new AuthSettings(
        tokenLifetime, refreshLifetime, hashThreads, hashQueue, attempts, cost, publicPasswords);
  }

  static AuthSettings of(SettingsReader reader, Mode mode) {
    return new AuthSettings(
        reader.duration("auth.token_lifetime", Duration.ofSeconds(1), Duration.ofDays(1)),
        reader.duration("auth.refresh_lifetime", Duration.ofMinutes(1), Duration.ofDays(400)),
        hashThreads(reader),
        reader.whole("auth.hash_queue", 1, 100_000),
        AttemptLimits.of(reader, mode),
        PasswordCost.STANDARD,
        mode == Mode.SANDBOX);
  }

  // the other half of the processors stays for everybody who has signed in
  private static int hashThreads(SettingsReader reader) {
    return reader.text(HASH_THREADS).equals("auto")
        ? Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_HASH_THREADS)
        : reader.whole(HASH_THREADS, 1, MAX_HASH_THREADS);
  }
}
