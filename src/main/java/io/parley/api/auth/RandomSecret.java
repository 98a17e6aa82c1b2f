package io.parley.api.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Random secrets of 256 bits, stored as a hash. They cannot be guessed, so a fast hash is enough;
 * they are found by the hash, so no comparison can leak them by its timing.
 */
public final class RandomSecret {
  /** The prefix of API keys, by which people and secret scanners recognise them. */
  public static final String KEY = "pk_";

  private static final int BYTES = 32;

  private RandomSecret() {}

  public static String fresh(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  public static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
