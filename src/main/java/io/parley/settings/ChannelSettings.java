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
  private static final int MIN_SECRET_BYTES = 24;

  static ChannelSettings of(SettingsReader reader, Mode mode) {
    Set<String> senders = reader.list("senders");
    String region = reader.text("region");
    if (!region.matches("[A-Z]{2}")) {
      reader.invalid("region", "two capital letters such as US");
    }
    Optional<String> secret = reader.optional("webhook_secret");
    if (secret.isPresent() && bytes(secret.get()) < MIN_SECRET_BYTES) {
      // never quotes the value: it is a secret
      reader.mistake(
          "webhook_secret",
          "must be base64 of at least 24 bytes, with or without whsec_ in front"
              + " (openssl rand -base64 24)");
    }
    return new ChannelSettings(
        region,
        mode == Mode.SANDBOX && senders.isEmpty() ? Optional.empty() : Optional.of(senders),
        secret);
  }

  private static int bytes(String secret) {
    try {
      String text = secret.startsWith("whsec_") ? secret.substring(6) : secret;
      return Base64.getDecoder().decode(text).length;
    } catch (IllegalArgumentException notBase64) {
      return 0;
    }
  }

  @Override
  public String toString() {
    return "ChannelSettings[region=" + region + ", senders=" + senders + "]";
  }
}
