package io.parley.store.identity;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A password's hash as it is stored, in the format of the reference implementation: {@code
 * $argon2id$v=19$m=19456,t=2,p=1$salt$hash}. It names its cost, so hashes of another cost can still
 * be compared with.
 */
record PasswordHash(Argon2id.Cost cost, String salt, String hash) {
  private static final Pattern TEXT =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,8}),t=(\\d{1,6}),p=(\\d{1,3})"
              + "\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
  private static final Base64.Encoder BASE64 = Base64.getEncoder().withoutPadding();

  static PasswordHash of(Argon2id.Cost cost, byte[] salt, byte[] hash) {
    return new PasswordHash(cost, BASE64.encodeToString(salt), BASE64.encodeToString(hash));
  }

  static PasswordHash parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("a stored password hash is not one of Argon2id");
    }
    Argon2id.Cost cost = new Argon2id.Cost(number(parts, 1), number(parts, 2), number(parts, 3));
    return new PasswordHash(cost, parts.group(4), parts.group(5));
  }

  private static int number(Matcher parts, int group) {
    return Integer.parseInt(parts.group(group));
  }

  byte[] saltBytes() {
    return Base64.getDecoder().decode(salt);
  }

  byte[] hashBytes() {
    return Base64.getDecoder().decode(hash);
  }

  /** What {@link #parse} reads. */
  String text() {
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(cost.memoryKib(), cost.passes(), cost.lanes(), salt, hash);
  }

  @Override
  public String toString() {
    return "PasswordHash[" + cost + "]";
  }
}
