package io.parley.settings;

import java.util.List;
import java.util.Optional;

/**
 * Everything an operator may configure, validated: one record for each topic. A new setting becomes
 * a component of its topic's record and a line of {@code conf/parley.yaml}.
 */
public record Settings(
    Mode mode,
    GatewaySecret secret,
    HttpSettings http,
    DatabaseSettings database,
    AccountSettings accounts,
    ChannelSettings channels,
    List<ProviderSettings> providers,
    DeliverySettings deliveries,
    SimulatorSettings simulator,
    FileSettings files,
    AccessSettings access,
    ClusterSettings cluster,
    LimitSettings limits,
    LogSettings log) {

  /** A copy with another cost of password hashes, which no configuration leads to. */
  public Settings withPasswordCost(PasswordCost cost) {
    AccountSettings cheaper =
        new AccountSettings(
            accounts.admin(),
            accounts.auth().withPasswordCost(cost),
            accounts.signupOpen(),
            accounts.emailsShown());
    return new Settings(
        mode,
        secret,
        http,
        database,
        cheaper,
        channels,
        providers,
        deliveries,
        simulator,
        files,
        access,
        cluster,
        limits,
        log);
  }

  /** Reads every topic before it reports what is wrong with any of them. */
  static Settings of(SettingsReader reader) {
    Mode mode = reader.oneOf("mode", Mode.class);
    HttpSettings http = HttpSettings.of(reader, mode);
    DatabaseSettings database = DatabaseSettings.of(reader, mode);
    AccountSettings accounts = AccountSettings.of(reader, mode);
    ChannelSettings channels = ChannelSettings.of(reader, mode);
    List<ProviderSettings> providers = ProviderSettings.of(reader, mode);
    DeliverySettings deliveries = DeliverySettings.of(reader, mode);
    SimulatorSettings simulator = SimulatorSettings.of(reader);
    FileSettings files = FileSettings.of(reader);
    AccessSettings access = AccessSettings.of(reader, mode);
    ClusterSettings cluster = ClusterSettings.of(reader, mode);
    LimitSettings limits = LimitSettings.of(reader, mode);
    LogSettings log = LogSettings.of(reader, mode);
    Optional<GatewaySecret> secret = GatewaySecret.of(reader, mode);
    reader.throwIfInvalid();
    return new Settings(
        mode,
        // last, since it may write a file
        secret.orElseGet(() -> GatewaySecret.keptIn(database.dataDir())),
        http,
        database,
        accounts,
        channels,
        providers,
        deliveries,
        simulator,
        files,
        access,
        cluster,
        limits,
        log);
  }
}
