package io.parley.settings;

/**
 * Uploaded files.
 *
 * @param quota the bytes that one user may store
 */
public record FileSettings(long quota) {
  private static final long MAX_MIB = 1L << 30;

  static FileSettings of(SettingsReader reader) {
    return new FileSettings(reader.whole("files.quota_mib", 1, MAX_MIB) << 20);
  }
}
