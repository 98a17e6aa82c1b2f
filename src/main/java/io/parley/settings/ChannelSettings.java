package io.parley.settings;

import java.util.Optional;
import java.util.Set;

/**
 * What goes by channels.
 *
 * @param region whose phone numbers may be written without their country
 * @param senders addresses that may be sent from; none restricts nothing
 * @param webhookSecret what providers sign with
 */
public record ChannelSettings(
    String region, Optional<Set<String>> senders, Optional<String> webhookSecret) {

  static ChannelSettings of(Values values, Mode mode) {
    Set<String> senders = values.list("senders");
    String region = values.text("region");
    if (!region.matches("[A-Z]{2}")) {
      throw InvalidSettings.of("region", region, "two capital letters such as US");
    }
    return new ChannelSettings(
        region,
        mode == Mode.SANDBOX && senders.isEmpty() ? Optional.empty() : Optional.of(senders),
        values.optional("webhook_secret"));
  }

  @Override
  public String toString() {
    return "ChannelSettings[region=" + region + ", senders=" + senders + "]";
  }
}
