package io.parley.settings;

/**
 * How much a caller may ask of a node in a minute; 0 means any number.
 *
 * @param sockets how many sockets a caller may have open on a node
 */
public record LimitSettings(int read, int write, int heavy, int send, int sockets) {
  /** No limits at all. */
  public static final LimitSettings NONE = new LimitSettings(0, 0, 0, 0, 0);

  private static final int MAX = 1_000_000_000;

  static LimitSettings of(SettingsReader reader, Mode mode) {
    return new LimitSettings(
        limit(reader, mode, "limits.read", 6_000),
        limit(reader, mode, "limits.write", 1_200),
        limit(reader, mode, "limits.heavy", 60),
        limit(reader, mode, "limits.send", 600),
        limit(reader, mode, "limits.sockets", 100));
  }

  static int limit(SettingsReader reader, Mode mode, String key, int inProduction) {
    if (reader.optional(key).isPresent()) {
      return reader.whole(key, 0, MAX);
    }
    return mode == Mode.PRODUCTION ? inProduction : 0;
  }
}
