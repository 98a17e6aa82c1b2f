package io.parley.api.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A key derived from the secret of the gateway for one purpose, which encrypts and signs. */
public final class Seal {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final byte[] key;
  private final SecureRandom random;

  private Seal(byte[] key, SecureRandom random) {
    this.key = key;
    this.random = random;
  }

  public static Seal of(byte[] secret, String purpose, SecureRandom random) {
    return new Seal(mac(secret, purpose.getBytes(StandardCharsets.UTF_8)), random);
  }

  /** Encrypts with AES-256-GCM under a fresh nonce, which precedes the ciphertext. */
  public byte[] seal(byte[] plain) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = crypt(Cipher.ENCRYPT_MODE, nonce, plain);
      byte[] whole = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, whole, NONCE_BYTES, sealed.length);
      return whole;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Thrown on decryption of a value that was sealed with another secret. */
  public static final class OtherSecret extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OtherSecret(Throwable cause) {
      super("a sealed value cannot be decrypted: it was sealed with another PARLEY_SECRET", cause);
    }
  }

  /** Decrypts; throws {@link OtherSecret} if the value was sealed with another secret. */
  public byte[] open(byte[] sealed) {
    try {
      return crypt(
          Cipher.DECRYPT_MODE,
          Arrays.copyOf(sealed, NONCE_BYTES),
          Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length));
    } catch (AEADBadTagException e) {
      throw new OtherSecret(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Signs with HMAC-SHA256. */
  public byte[] sign(byte[] text) {
    return mac(key, text);
  }

  private byte[] crypt(int mode, byte[] nonce, byte[] bytes) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher.doFinal(bytes);
  }

  private static byte[] mac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
