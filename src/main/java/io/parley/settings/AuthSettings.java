package io.parley.settings;

import java.time.Duration;

/** How long credentials last, and how much work passwords may make. */
public record AuthSettings(
    Duration tokenLifetime, Duration refreshLifetime, int hashThreads, int hashQueue) {

  static AuthSettings of(SettingValues values) {
    return new AuthSettings(
        values.duration("auth.token_lifetime", Duration.ofSeconds(1), Duration.ofDays(1)),
        values.duration("auth.refresh_lifetime", Duration.ofMinutes(1), Duration.ofDays(400)),
        values.whole("auth.hash_threads", 1, 64),
        values.whole("auth.hash_queue", 1, 100_000));
  }
}
