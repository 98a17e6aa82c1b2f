package io.parley.api.auth;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signatures of those who call our webhooks (Standard Webhooks, symmetric): of id, time and body,
 * under a secret we share. One that is older than five minutes, or newer, may be somebody else's
 * copy.
 */
public final class WebhookSignature {
  private static final long TOLERANCE_SECONDS = Duration.ofMinutes(5).toSeconds();
  private static final String PREFIX = "whsec_";

  private final byte[] secret;
  private final InstantSource clock;

  /** {@code secret} in base64, with or without {@code whsec_} before it. */
  public WebhookSignature(String secret, InstantSource clock) {
    String text = secret.startsWith(PREFIX) ? secret.substring(PREFIX.length()) : secret;
    this.secret = Base64.getDecoder().decode(text);
    this.clock = clock;
  }

  public static boolean isThere(MultiMap headers) {
    return headers.contains("webhook-signature");
  }

  /** Whether one of the signatures in {@code headers} is ours, of this body, and of now. */
  public boolean isGood(MultiMap headers, Buffer body) {
    String id = headers.get("webhook-id");
    String at = headers.get("webhook-timestamp");
    String signatures = headers.get("webhook-signature");
    if (id == null || at == null || signatures == null || !isNow(at)) {
      return false;
    }
    byte[] wanted = sign(id, at, body);
    for (String each : signatures.split(" ", 20)) {
      if (each.startsWith("v1,") && MessageDigest.isEqual(wanted, decoded(each.substring(3)))) {
        return true;
      }
    }
    return false;
  }

  private boolean isNow(String at) {
    try {
      return Math.abs(clock.instant().getEpochSecond() - Long.parseLong(at)) <= TOLERANCE_SECONDS;
    } catch (NumberFormatException noTime) {
      return false;
    }
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return new byte[0];
    }
  }

  byte[] sign(String id, String at, Buffer body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      mac.update((id + "." + at + ".").getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body.getBytes());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
