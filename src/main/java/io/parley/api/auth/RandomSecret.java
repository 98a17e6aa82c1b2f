package io.parley.api.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Secrets that we make up: 256 random bits, kept as a hash. Nobody guesses these, so a fast hash
 * will do; and whoever is looked up by it is not compared byte by byte.
 */
public final class RandomSecret {
  /** What keys begin with, so that people and scanners know one when they see it. */
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
