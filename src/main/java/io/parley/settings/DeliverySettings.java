package io.parley.settings;

import java.time.Duration;

/**
 * How long deliveries are pursued, and how many a sender address may have.
 *
 * @param expireAfter how long after its creation or redrive a delivery expires
 * @param providerGoneAfter how long no node must have had a provider until deliveries that only it
 *     may send are given up
 * @param sendsPerDay deliveries a day from one sender address, over all nodes; 0 means any number
 */
public record DeliverySettings(Duration expireAfter, Duration providerGoneAfter, int sendsPerDay) {

  /** The defaults. */
  public static final DeliverySettings STANDARD =
      new DeliverySettings(Duration.ofDays(1), Duration.ofMinutes(15), 0);

  static DeliverySettings of(SettingsReader reader, Mode mode) {
    return new DeliverySettings(
        reader.duration("deliveries.expire_after", Duration.ofSeconds(1), Duration.ofDays(30)),
        reader.duration(
            "deliveries.provider_gone_after", Duration.ofSeconds(1), Duration.ofDays(7)),
        LimitSettings.limit(reader, mode, "limits.send_day", 10_000));
  }
}
