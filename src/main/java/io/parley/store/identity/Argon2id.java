package io.parley.store.identity;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The password hash Argon2id (RFC 9106, version 1.3). Computes one hash; not thread-safe.
 *
 * <p>Parley has its own because the libraries for Java allocate the memory of each hash anew, which
 * made a hash three times dearer than its computation; docs/benchmarks.md compares it with the
 * reference implementation in C. Lanes are computed one after the other.
 */
final class Argon2id {
  private static final int VERSION = 0x13;
  private static final int TYPE = 2;
  private static final int SLICES = 4;
  private static final int BLOCK_BYTES = BlockMixing.WORDS * Long.BYTES;
  private static final long LOW = 0xFFFF_FFFFL;
  private static final byte[] NONE = {};

  /** Behind the blocks of the lanes: a block of zeros, a counter, and addresses made of both. */
  private static final int ADDRESS_BLOCKS = 3;

  /**
   * How much work a hash is.
   *
   * @param memoryKib at least 8 for each lane
   */
  record Cost(int memoryKib, int passes, int lanes) {
    /** How many words of memory a hash needs. */
    int words() {
      return (segment() * SLICES * lanes + ADDRESS_BLOCKS) * BlockMixing.WORDS;
    }

    private int segment() {
      return memoryKib / (SLICES * lanes);
    }
  }

  private final Cost cost;
  private final long[] memory;
  private final BlockMixing mixing = new BlockMixing();
  private final int segment;
  private final int lane;
  private final int zeros;
  private final int seed;
  private final int addresses;

  private Argon2id(Cost cost, long[] memory) {
    this.cost = cost;
    this.memory = memory;
    this.segment = cost.segment();
    this.lane = segment * SLICES;
    this.zeros = lane * cost.lanes() * BlockMixing.WORDS;
    this.seed = zeros + BlockMixing.WORDS;
    this.addresses = seed + BlockMixing.WORDS;
  }

  /**
   * The hash of a password, of {@code length} bytes. It overwrites {@link Cost#words} words of
   * {@code memory}, and what it leaves there makes it easy to guess the password.
   */
  static byte[] hash(Cost cost, byte[] password, byte[] salt, int length, long[] memory) {
    return hash(cost, password, salt, NONE, NONE, length, memory);
  }

  /** Also of a secret and associated data. */
  static byte[] hash(
      Cost cost,
      byte[] password,
      byte[] salt,
      byte[] secret,
      byte[] associated,
      int length,
      long[] memory) {
    Blake2b start = new Blake2b(Blake2b.MAX_BYTES);
    start.add(cost.lanes()).add(length).add(cost.memoryKib()).add(cost.passes());
    start.add(VERSION).add(TYPE);
    for (byte[] input : new byte[][] {password, salt, secret, associated}) {
      start.add(input.length).add(input);
    }
    return new Argon2id(cost, memory).hash(start.hash(), length);
  }

  private byte[] hash(byte[] start, int length) {
    Arrays.fill(memory, zeros, seed, 0);
    for (int number = 0; number < cost.lanes(); number++) {
      for (int column = 0; column < 2; column++) {
        byte[] input = new byte[start.length + 2 * Integer.BYTES];
        littleEndian(input).put(start).putInt(column).putInt(number);
        int block = block(number, column);
        littleEndian(longHash(input, BLOCK_BYTES))
            .asLongBuffer()
            .get(memory, block, BlockMixing.WORDS);
      }
    }
    for (int pass = 0; pass < cost.passes(); pass++) {
      for (int slice = 0; slice < SLICES; slice++) {
        for (int number = 0; number < cost.lanes(); number++) {
          fill(pass, slice, number);
        }
      }
    }
    return longHash(lastBlocks(), length);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private int block(int number, int column) {
    return (number * lane + column) * BlockMixing.WORDS;
  }

  private byte[] lastBlocks() {
    byte[] bytes = new byte[BLOCK_BYTES];
    ByteBuffer sum = littleEndian(bytes);
    for (int i = 0; i < BlockMixing.WORDS; i++) {
      long word = 0;
      for (int number = 0; number < cost.lanes(); number++) {
        word ^= memory[block(number, lane - 1) + i];
      }
      sum.putLong(word);
    }
    return bytes;
  }

  /** Computes a quarter of the blocks of a lane. */
  private void fill(int pass, int slice, int number) {
    boolean independent = pass == 0 && slice < SLICES / 2;
    if (independent) {
      beginAddresses(pass, slice, number);
    }
    // the first two blocks of a lane are there already
    int first = pass == 0 && slice == 0 ? 2 : 0;
    if (independent && first > 0) {
      nextAddresses();
    }
    for (int index = first; index < segment; index++) {
      int column = slice * segment + index;
      int block = block(number, column);
      int previous = block(number, column == 0 ? lane - 1 : column - 1);
      if (independent && index % BlockMixing.WORDS == 0) {
        nextAddresses();
      }
      long random = independent ? memory[addresses + index % BlockMixing.WORDS] : memory[previous];
      int reference = reference(random, pass, slice, number, index);
      if (pass == 0) {
        mixing.mix(memory, previous, reference, block);
      } else {
        mixing.mixInto(memory, previous, reference, block);
      }
    }
  }

  private void beginAddresses(int pass, int slice, int number) {
    Arrays.fill(memory, seed, seed + BlockMixing.WORDS, 0);
    memory[seed] = pass;
    memory[seed + 1] = number;
    memory[seed + 2] = slice;
    memory[seed + 3] = (long) lane * cost.lanes();
    memory[seed + 4] = cost.passes();
    memory[seed + 5] = TYPE;
  }

  private void nextAddresses() {
    memory[seed + 6]++;
    mixing.mix(memory, zeros, seed, addresses);
    mixing.mix(memory, zeros, addresses, addresses);
  }

  /** The block that is mixed with the previous one: more likely one that was computed lately. */
  private int reference(long random, int pass, int slice, int number, int index) {
    int from = pass == 0 && slice == 0 ? number : (int) ((random >>> 32) % cost.lanes());
    boolean same = from == number;
    int finished = pass == 0 ? slice * segment : lane - segment;
    // of its own lane up to the block before the previous one, of others what was finished
    int candidates = finished + (same ? index - 1 : index == 0 ? -1 : 0);
    long distance = random & LOW;
    distance = (distance * distance) >>> 32;
    int relative = (int) (candidates - 1 - ((candidates * distance) >>> 32));
    int oldest = pass == 0 ? 0 : (slice + 1) % SLICES * segment;
    return block(from, (oldest + relative) % lane);
  }

  /** A hash of any length: chained hashes of 64 bytes, of each of which half is used. */
  private static byte[] longHash(byte[] input, int length) {
    if (length <= Blake2b.MAX_BYTES) {
      return new Blake2b(length).add(length).add(input).hash();
    }
    byte[] bytes = new byte[length];
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    byte[] part = new Blake2b(Blake2b.MAX_BYTES).add(length).add(input).hash();
    while (rest.remaining() > Blake2b.MAX_BYTES) {
      rest.put(part, 0, Blake2b.MAX_BYTES / 2);
      part = new Blake2b(Math.min(rest.remaining(), Blake2b.MAX_BYTES)).add(part).hash();
    }
    rest.put(part);
    return bytes;
  }
}
