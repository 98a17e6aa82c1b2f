package io.parley.settings;

/** Format and level of the log. */
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

  static LogSettings of(SettingsReader reader, Mode mode) {
    Format format = reader.oneOf("log.format", Format.class);
    return new LogSettings(
        format == Format.JSON || (format == Format.AUTO && mode == Mode.PRODUCTION),
        reader.oneOf("log.level", Level.class).name());
  }
}
