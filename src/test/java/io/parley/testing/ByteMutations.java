package io.parley.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Changes valid input at random places, in ways that parsers are known to misunderstand. The same
 * seed gives the same inputs; {@code -Dseed} gives others.
 */
public final class ByteMutations {
  private static final long SEED = Long.getLong("seed", 14);
  private static final int MAX_EDITS = 5;
  private static final int LONG = 20_000;
  private static final List<String> NUMBERS =
      List.of(
          "-1",
          "+1",
          "0",
          "00",
          "0x1f",
          "1e3",
          "7fffffff",
          "ffffffffffffffff",
          "99999999999999999999",
          "١",
          " 1",
          "1;a=b");

  private final List<String> pieces;
  private final Random random;

  /**
   * {@code worker} tells the inputs of concurrent workers apart; {@code pieces} mean something to
   * the parser.
   */
  public ByteMutations(int worker, List<String> pieces) {
    this.random = new Random(SEED * 1_000 + worker);
    this.pieces = pieces;
  }

  public static long seed() {
    return SEED;
  }

  public Random random() {
    return random;
  }

  public <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** One of {@code inputs} with some edits, and sometimes as it is. */
  public byte[] next(List<byte[]> inputs) {
    byte[] input = any(inputs);
    for (int edits = random.nextInt(MAX_EDITS); edits > 0; edits--) {
      input = edited(input);
    }
    return input;
  }

  private byte[] edited(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int length = Math.min(input.length - at, 1 + random.nextInt(40));
    return switch (random.nextInt(8)) {
      case 0, 1 -> joined(input, at, bytes(any(pieces)), at);
      case 2 -> joined(input, at, bytes(any(pieces)), at + length);
      case 3 -> joined(input, at, Arrays.copyOfRange(input, at, at + length), at);
      case 4 ->
          random.nextInt(4) == 0
              ? Arrays.copyOf(input, at)
              : joined(input, at, new byte[0], at + length);
      case 5 -> joined(input, at, garbage(), at);
      case 6 -> withNumber(input);
      default ->
          random.nextInt(20) == 0
              ? joined(input, at, bytes(any(pieces).repeat(LONG / 10)), at)
              : joined(input, at, garbage(), Math.min(input.length, at + 1));
    };
  }

  private byte[] garbage() {
    byte[] garbage = new byte[1 + random.nextInt(4)];
    random.nextBytes(garbage);
    return garbage;
  }

  /** Another number in the place of the first one behind a random place. */
  private byte[] withNumber(byte[] input) {
    int from = random.nextInt(input.length + 1);
    while (from < input.length && !isDigit(input[from])) {
      from++;
    }
    int to = from;
    while (to < input.length && isDigit(input[to])) {
      to++;
    }
    return joined(input, from, bytes(any(NUMBERS)), to);
  }

  private static boolean isDigit(byte each) {
    return each >= '0' && each <= '9';
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] joined(byte[] input, int until, byte[] between, int from) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(input, 0, until);
    joined.writeBytes(between);
    joined.write(input, from, input.length - from);
    return joined.toByteArray();
  }
}
