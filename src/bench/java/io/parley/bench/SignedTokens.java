package io.parley.bench;

import io.parley.api.auth.Seal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Access tokens signed with a gateway's own key, for logins that were inserted as rows. */
record SignedTokens(String keyId, byte[] key) {
  private static final int HOURS = 12;
  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  /** With the key of a gateway that has started on the database. */
  static SignedTokens of(BenchPostgres postgres, String database) {
    String keyId = postgres.one(database, "select kid from signing_key limit 1");
    String sealed = postgres.one(database, "select encode(sealed, 'hex') from signing_key limit 1");
    byte[] key =
        Seal.of(new byte[32], "signing keys", new SecureRandom())
            .open(HexFormat.of().parseHex(sealed));
    return new SignedTokens(keyId, key);
  }

  /** The login of that name: in SQL {@code md5(name)::uuid}. */
  static UUID login(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(name.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bytes = ByteBuffer.wrap(digest);
      return new UUID(bytes.getLong(), bytes.getLong());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What goes into Authorization. */
  String token(long account, UUID login) {
    long now = Instant.now().getEpochSecond();
    String head = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"" + keyId + "\"}";
    String claims =
        "{\"sid\":\"%s\",\"typ\":\"access\",\"iat\":%d,\"exp\":%d,\"aud\":[\"parley\"],\"iss\":\"parley\",\"sub\":\"%d\"}"
            .formatted(login, now, now + HOURS * 3_600L, account);
    String text = base64(head) + "." + base64(claims);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return "Bearer "
          + text
          + "."
          + URL.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(String text) {
    return URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
