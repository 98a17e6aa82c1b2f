package io.parley.store.identity;

import static org.assertj.core.api.Assertions.assertThat;

import de.mkammerer.argon2.Argon2Advanced;
import de.mkammerer.argon2.Argon2Factory;
import de.mkammerer.argon2.Argon2Factory.Argon2Types;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Argon2id against the examples of its RFC, and against the reference implementation in C. */
@Tag("fast")
class Argon2idTest {
  private static final HexFormat HEX = HexFormat.of();

  private static byte[] repeated(int value, int times) {
    byte[] bytes = new byte[times];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void blake2bHashesTheExampleOfItsRfc() {
    byte[] hash = new Blake2b(64).add("abc".getBytes(StandardCharsets.US_ASCII)).hash();

    assertThat(HEX.formatHex(hash))
        .isEqualTo(
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
  }

  @Test
  void argon2idHashesTheExampleOfItsRfc() {
    Argon2id.Cost cost = new Argon2id.Cost(32, 3, 4);
    byte[] hash =
        Argon2id.hash(
            cost,
            repeated(1, 32),
            repeated(2, 16),
            repeated(3, 8),
            repeated(4, 12),
            32,
            new long[cost.words()]);

    assertThat(HEX.formatHex(hash))
        .isEqualTo("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  }

  @Test
  void itHashesLikeTheReferenceImplementation() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 60; i++) {
      int lanes = random.nextInt(1, 4);
      Argon2id.Cost cost =
          new Argon2id.Cost(random.nextInt(8 * lanes, 2_000), random.nextInt(1, 4), lanes);
      byte[] password = new byte[random.nextInt(0, 300)];
      byte[] salt = new byte[random.nextInt(8, 40)];
      random.nextBytes(password);
      random.nextBytes(salt);
      int length = random.nextInt(4, 200);
      // what an earlier hash left in the memory does not matter
      long[] memory = new long[cost.words() + random.nextInt(200)];
      Arrays.fill(memory, random.nextLong());

      byte[] hash = Argon2id.hash(cost, password, salt, length, memory);

      Argon2Advanced reference =
          Argon2Factory.createAdvanced(Argon2Types.ARGON2id, salt.length, length);
      assertThat(hash)
          .describedAs("seed %d, %s, %d bytes of %d", seed, cost, length, password.length)
          .isEqualTo(reference.rawHash(cost.passes(), cost.memoryKib(), lanes, password, salt));
    }
  }
}
