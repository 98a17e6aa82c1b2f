package io.parley.bench;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Webhook requests as a provider signs them. */
final class SignedWebhook {
  private final SecretKeySpec secret;

  SignedWebhook(byte[] secret) {
    this.secret = new SecretKeySpec(secret, "HmacSHA256");
  }

  /** All of a request before its body, which is ASCII. */
  String head(String path, String body) {
    String at = Long.toString(Instant.now().getEpochSecond());
    String head = HttpText.postHead(path, "", body.length());
    return head.substring(0, head.length() - 2)
        + "webhook-id: w\r\nwebhook-timestamp: "
        + at
        + "\r\nwebhook-signature: v1,"
        + signature("w." + at + "." + body)
        + "\r\n\r\n";
  }

  private String signature(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      byte[] bytes = mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
