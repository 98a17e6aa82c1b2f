package io.parley.settings;

import java.time.Duration;

/**
 * How long deliveries are pursued.
 *
 * @param expireAfter how long after its creation or redrive a delivery expires
 * @param providerGoneAfter how long no node must have had a provider until deliveries that only it
 *     may send are given up
 */
public record DeliverySettings(Duration expireAfter, Duration providerGoneAfter) {
  /** The defaults. */
  public static final DeliverySettings STANDARD =
      new DeliverySettings(Duration.ofDays(1), Duration.ofMinutes(15));

  static DeliverySettings of(SettingsReader reader) {
    return new DeliverySettings(
        reader.duration("deliveries.expire_after", Duration.ofSeconds(1), Duration.ofDays(30)),
        reader.duration(
            "deliveries.provider_gone_after", Duration.ofSeconds(1), Duration.ofDays(7)));
  }
}
