package io.parley.settings;

/**
 * Who may read what is about the gateway as a whole.
 *
 * @param metricsOpen whether anyone may read the metrics, or administrators only
 * @param analyticsOpen whether every user may call the analytics operations, or administrators only
 */
public record AccessSettings(boolean metricsOpen, boolean analyticsOpen) {
  private enum MetricsReaders {
    OPEN,
    ADMIN
  }

  private enum AnalyticsReaders {
    USER,
    ADMIN
  }

  static AccessSettings of(SettingsReader reader) {
    return new AccessSettings(
        reader.oneOf("metrics", MetricsReaders.class) == MetricsReaders.OPEN,
        reader.oneOf("analytics.access", AnalyticsReaders.class) == AnalyticsReaders.USER);
  }
}
