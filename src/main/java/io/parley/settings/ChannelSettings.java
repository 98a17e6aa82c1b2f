package io.parley.settings;

import java.util.Base64;
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

  static ChannelSettings of(SettingValues values, Mode mode) {
    Set<String> senders = values.list("senders");
    String region = values.text("region");
    if (!region.matches("[A-Z]{2}")) {
      throw InvalidSettings.of("region", region, "two capital letters such as US");
    }
    Optional<String> secret = values.optional("webhook_secret");
    if (secret.isPresent() && !isBase64(secret.get())) {
      // what it is stays out of the message
      throw new InvalidSettings("webhook_secret: it is not base64, with or without whsec_ before");
    }
    return new ChannelSettings(
        region,
        mode == Mode.SANDBOX && senders.isEmpty() ? Optional.empty() : Optional.of(senders),
        secret);
  }

  private static boolean isBase64(String secret) {
    try {
      String text = secret.startsWith("whsec_") ? secret.substring(6) : secret;
      return Base64.getDecoder().decode(text).length > 0;
    } catch (IllegalArgumentException not) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "ChannelSettings[region=" + region + ", senders=" + senders + "]";
  }
}
