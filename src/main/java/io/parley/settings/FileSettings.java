package io.parley.settings;

/**
 * Uploaded files.
 *
 * @param quota the bytes that one user may store
 * @param total the bytes that all users may store together
 */
public record FileSettings(long quota, long total) {
  private static final long MAX_MIB = 1L << 30;

  static FileSettings of(SettingsReader reader) {
    long total = reader.whole("files.total_mib", 0, MAX_MIB);
    return new FileSettings(
        reader.whole("files.quota_mib", 1, MAX_MIB) << 20,
        total == 0 ? Long.MAX_VALUE >> 1 : total << 20);
  }
}
