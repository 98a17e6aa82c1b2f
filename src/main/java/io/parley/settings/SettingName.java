package io.parley.settings;

import java.util.Locale;

/** The two names of a setting: its key in a file and its environment variable. */
record SettingName(String key) {
  static final String PREFIX = "PARLEY_";
  private static final String LIST = "providers";

  /** A field of a provider is part of the one variable that holds the whole list. */
  String variable() {
    String top = key.startsWith(LIST + ".") ? LIST : key;
    return PREFIX + top.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** Both names, as error messages show them. */
  @Override
  public String toString() {
    return key + " (" + variable() + ")";
  }
}
