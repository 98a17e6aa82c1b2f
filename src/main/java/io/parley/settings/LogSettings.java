package io.parley.settings;

/** What the log looks like, and how much of it there is. */
public record LogSettings(boolean json, String level) {
  private enum Format {
    TEXT,
    JSON,
    AUTO
  }

  private enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  static LogSettings of(SettingValues values, Mode mode) {
    Format format = values.oneOf("log.format", Format.class);
    return new LogSettings(
        format == Format.JSON || (format == Format.AUTO && mode == Mode.PRODUCTION),
        values.oneOf("log.level", Level.class).name());
  }
}
