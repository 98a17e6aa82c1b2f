package io.parley.cluster;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Authenticates messages between nodes: a version, an HMAC-SHA256 under a key derived from the
 * secret of the gateway, and the body. Nothing of a message is read before its code is verified.
 * Confined to one thread, because it reuses its {@code Mac}.
 */
final class NewsSeal {
  static final int MAX_BYTES = 1 << 20;

  private static final byte VERSION = 1;
  private static final int CODE_BYTES = 32;
  private static final int HEADER_BYTES = 1 + CODE_BYTES;
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  NewsSeal(byte[] secret) {
    byte[] key = mac(secret).doFinal("news between nodes".getBytes(StandardCharsets.UTF_8));
    this.mac = mac(key);
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] seal(byte[] body) {
    byte[] sealed = new byte[HEADER_BYTES + body.length];
    sealed[0] = VERSION;
    System.arraycopy(body, 0, sealed, HEADER_BYTES, body.length);
    System.arraycopy(code(sealed), 0, sealed, 1, CODE_BYTES);
    return sealed;
  }

  /** The body; empty if the message is not from a node with this secret, or of another version. */
  Optional<byte[]> open(byte[] sealed) {
    if (sealed.length < HEADER_BYTES || sealed.length > MAX_BYTES || sealed[0] != VERSION) {
      return Optional.empty();
    }
    byte[] claimed = Arrays.copyOfRange(sealed, 1, HEADER_BYTES);
    return MessageDigest.isEqual(claimed, code(sealed))
        ? Optional.of(Arrays.copyOfRange(sealed, HEADER_BYTES, sealed.length))
        : Optional.empty();
  }

  private byte[] code(byte[] sealed) {
    mac.update(sealed[0]);
    mac.update(sealed, HEADER_BYTES, sealed.length - HEADER_BYTES);
    return mac.doFinal();
  }
}
