package io.parley.settings;

import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/**
 * SMS and email, whichever provider carries them.
 *
 * @param region the country of phone numbers that are written without one
 * @param senders the sender addresses that may be used; empty means any
 * @param webhookSecret the secret with which providers sign their webhooks
 */
public record ChannelSettings(
    String region, Optional<Set<String>> senders, Optional<String> webhookSecret) {

  static ChannelSettings of(SettingsReader reader, Mode mode) {
    Set<String> senders = reader.list("senders");
    String region = reader.text("region");
    if (!region.matches("[A-Z]{2}")) {
      reader.invalid("region", "two capital letters such as US");
    }
    Optional<String> secret = reader.optional("webhook_secret");
    if (secret.isPresent() && !isBase64(secret.get())) {
      // never quotes the value: it is a secret
      reader.mistake("webhook_secret", "must be base64, with or without whsec_ in front");
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
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "ChannelSettings[region=" + region + ", senders=" + senders + "]";
  }
}
