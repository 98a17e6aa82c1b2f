package io.parley.settings;

/**
 * Uploaded files.
 *
 * @param quota how many bytes one user may have
 */
public record FileSettings(long quota) {
  private static final long MOST_MIB = 1L << 30;

  static FileSettings of(SettingValues values) {
    return new FileSettings(values.whole("files.quota_mib", 1, MOST_MIB) << 20);
  }
}
