package io.parley.settings;

/**
 * How often passwords may be wrong, and how many accounts may be created. 0 means any number.
 *
 * @param perAccount wrong passwords for an account within 5 minutes, from all addresses that are
 *     not known to it, or from one that is
 * @param perAddress wrong passwords from a client address within 5 minutes, for accounts to which
 *     it is not known
 * @param signupsPerAddress sign-ups from a client address within an hour
 * @param loopbackExempt whether clients on the same machine may try as often as they like
 */
public record AttemptLimits(
    int perAccount, int perAddress, int signupsPerAddress, boolean loopbackExempt) {
  private static final int MAX = 1_000_000;
  private static final String SIGNUPS = "auth.signups_per_address";
  private static final int SIGNUPS_IN_PRODUCTION = 60;

  /** No limits at all. */
  public static final AttemptLimits NONE = new AttemptLimits(0, 0, 0, true);

  static AttemptLimits of(SettingsReader reader, Mode mode) {
    return new AttemptLimits(
        reader.whole("auth.failures_per_account", 0, MAX),
        reader.whole("auth.failures_per_address", 0, MAX),
        signups(reader, mode),
        mode == Mode.SANDBOX);
  }

  private static int signups(SettingsReader reader, Mode mode) {
    if (!reader.text(SIGNUPS).equals("auto")) {
      return reader.whole(SIGNUPS, 0, MAX);
    }
    return mode == Mode.PRODUCTION ? SIGNUPS_IN_PRODUCTION : 0;
  }
}
