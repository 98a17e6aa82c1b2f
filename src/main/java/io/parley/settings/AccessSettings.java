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
    AUTO,
    USER,
    ADMIN
  }

  static AccessSettings of(SettingsReader reader, Mode mode) {
    AnalyticsReaders analytics = reader.oneOf("analytics.access", AnalyticsReaders.class);
    return new AccessSettings(
        reader.oneOf("metrics", MetricsReaders.class) == MetricsReaders.OPEN,
        analytics == AnalyticsReaders.USER
            || (analytics == AnalyticsReaders.AUTO && mode == Mode.SANDBOX));
  }
}
