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
 * The signature of requests to our webhooks (Standard Webhooks, symmetric): an HMAC of id,
 * timestamp and body with a shared secret. A timestamp more than five minutes off is rejected,
 * because the request may be a replay.
 */
public final class WebhookSignature {
  private static final long TOLERANCE_SECONDS = Duration.ofMinutes(5).toSeconds();
  private static final String PREFIX = "whsec_";

  private final byte[] secret;
  private final InstantSource clock;

  /** {@code secret} is base64, with or without the prefix {@code whsec_}. */
  public WebhookSignature(String secret, InstantSource clock) {
    String text = secret.startsWith(PREFIX) ? secret.substring(PREFIX.length()) : secret;
    this.secret = Base64.getDecoder().decode(text);
    this.clock = clock;
  }

  public static boolean isPresent(MultiMap headers) {
    return headers.contains("webhook-signature");
  }

  /** Whether {@code headers} may contain a valid signature, as far as shows without the body. */
  public boolean isCurrent(MultiMap headers) {
    String at = headers.get("webhook-timestamp");
    return at != null && headers.contains("webhook-id") && isPresent(headers) && isCurrent(at);
  }

  /** Whether {@code headers} contain a current and valid signature of {@code body}. */
  public boolean isValid(MultiMap headers, Buffer body) {
    String id = headers.get("webhook-id");
    String at = headers.get("webhook-timestamp");
    String signatures = headers.get("webhook-signature");
    if (id == null || at == null || signatures == null || !isCurrent(at)) {
      return false;
    }
    byte[] expected = sign(id, at, body);
    for (String each : signatures.split(" ", 20)) {
      if (each.startsWith("v1,") && MessageDigest.isEqual(expected, decoded(each.substring(3)))) {
        return true;
      }
    }
    return false;
  }

  private boolean isCurrent(String at) {
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
