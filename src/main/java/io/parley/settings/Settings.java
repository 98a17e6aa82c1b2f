package io.parley.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Everything an operator may decide, checked. */
public record Settings(
    Mode mode,
    HttpSettings http,
    DatabaseSettings database,
    AuthSettings auth,
    AdminSettings admin,
    GatewaySecret secret,
    String publicUrl,
    boolean signupOpen,
    boolean metricsOpen,
    boolean analyticsOpen,
    List<ProviderSettings> providers,
    ChannelSettings channels,
    FileSettings files,
    SimulatorSettings simulator,
    LogSettings log) {

  private enum Signup {
    OPEN,
    CLOSED
  }

  private enum MetricsReaders {
    OPEN,
    ADMIN
  }

  private enum AnalyticsReaders {
    USER,
    ADMIN
  }

  private static final List<String> NEEDED_IN_PRODUCTION =
      List.of("database.url", "admin.email", "admin.password", "public_url", "secret");

  static Settings of(SettingValues values) {
    Mode mode = values.oneOf("mode", Mode.class);
    if (mode == Mode.PRODUCTION) {
      refuseWhatIsMissing(values);
    }
    Path dataDir = Path.of(values.text("data_dir"));
    String publicUrl =
        SettingValues.origin(
            "public_url",
            values
                .optional("public_url")
                .orElse("http://localhost:" + values.whole("http.port", 0, 65_535)));
    return new Settings(
        mode,
        HttpSettings.of(values, mode, publicUrl),
        DatabaseSettings.of(values, dataDir),
        AuthSettings.of(values),
        AdminSettings.of(values, mode),
        values
            .optional("secret")
            .map(GatewaySecret::of)
            .orElseGet(() -> GatewaySecret.keptIn(dataDir)),
        publicUrl,
        values.oneOf("signup", Signup.class) == Signup.OPEN,
        values.oneOf("metrics", MetricsReaders.class) == MetricsReaders.OPEN,
        values.oneOf("analytics.access", AnalyticsReaders.class) == AnalyticsReaders.USER,
        ProviderSettings.of(values, mode),
        ChannelSettings.of(values, mode),
        FileSettings.of(values),
        SimulatorSettings.of(values),
        LogSettings.of(values, mode));
  }

  private static void refuseWhatIsMissing(SettingValues values) {
    Stream<String> missing =
        NEEDED_IN_PRODUCTION.stream().filter(key -> values.text(key).isEmpty());
    List<String> names = missing.map(SettingsFile::variable).toList();
    if (!names.isEmpty()) {
      throw new InvalidSettings(
          "production needs "
              + String.join(", ", names)
              + " (or PARLEY_MODE=sandbox to try it out)");
    }
  }
}
