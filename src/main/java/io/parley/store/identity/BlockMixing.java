package io.parley.store.identity;

/**
 * The compression function of Argon2 (RFC 9106, section 3.5): mixes two blocks of 1 KiB into a
 * third. Blocks are ranges of one array. A hash spends all of its time here: the 128 words of a
 * block stay in the processor's first cache, and four of them at a time in its registers.
 */
final class BlockMixing {
  static final int WORDS = 128;

  private static final long LOW = 0xFFFF_FFFFL;

  private final long[] mixed = new long[WORDS];

  /** Replaces the block at {@code to} by the mixture of those at {@code x} and {@code y}. */
  void mix(long[] memory, int x, int y, int to) {
    compress(memory, x, y);
    for (int i = 0; i < WORDS; i++) {
      memory[to + i] = memory[x + i] ^ memory[y + i] ^ mixed[i];
    }
  }

  /** Adds the mixture of two blocks to the block at {@code to}, by exclusive or. */
  void mixInto(long[] memory, int x, int y, int to) {
    compress(memory, x, y);
    for (int i = 0; i < WORDS; i++) {
      memory[to + i] ^= memory[x + i] ^ memory[y + i] ^ mixed[i];
    }
  }

  private void compress(long[] memory, int x, int y) {
    long[] block = mixed;
    for (int i = 0; i < WORDS; i++) {
      block[i] = memory[x + i] ^ memory[y + i];
    }
    // a matrix of 8 × 8 pairs of words: first its rows, then its columns
    for (int row = 0; row < 8; row++) {
      mixRow(block, 16 * row);
    }
    for (int column = 0; column < 8; column++) {
      mixColumn(block, 2 * column);
    }
  }

  // the offsets are constants, so that the JIT compiler checks the bounds of the array once

  /** A round of BLAKE2b with multiplications, on a row of eight pairs. */
  private static void mixRow(long[] block, int i) {
    mixFour(block, i, i + 4, i + 8, i + 12);
    mixFour(block, i + 1, i + 5, i + 9, i + 13);
    mixFour(block, i + 2, i + 6, i + 10, i + 14);
    mixFour(block, i + 3, i + 7, i + 11, i + 15);
    mixFour(block, i, i + 5, i + 10, i + 15);
    mixFour(block, i + 1, i + 6, i + 11, i + 12);
    mixFour(block, i + 2, i + 7, i + 8, i + 13);
    mixFour(block, i + 3, i + 4, i + 9, i + 14);
  }

  /** The same on a column of pairs. */
  private static void mixColumn(long[] block, int i) {
    mixFour(block, i, i + 32, i + 64, i + 96);
    mixFour(block, i + 1, i + 33, i + 65, i + 97);
    mixFour(block, i + 16, i + 48, i + 80, i + 112);
    mixFour(block, i + 17, i + 49, i + 81, i + 113);
    mixFour(block, i, i + 33, i + 80, i + 113);
    mixFour(block, i + 1, i + 48, i + 81, i + 96);
    mixFour(block, i + 16, i + 49, i + 64, i + 97);
    mixFour(block, i + 17, i + 32, i + 65, i + 112);
  }

  private static void mixFour(long[] block, int ia, int ib, int ic, int id) {
    long a = block[ia];
    long b = block[ib];
    long c = block[ic];
    long d = block[id];
    a = multiplyAndAdd(a, b);
    d = Long.rotateRight(d ^ a, 32);
    c = multiplyAndAdd(c, d);
    b = Long.rotateRight(b ^ c, 24);
    a = multiplyAndAdd(a, b);
    d = Long.rotateRight(d ^ a, 16);
    c = multiplyAndAdd(c, d);
    b = Long.rotateRight(b ^ c, 63);
    block[ia] = a;
    block[ib] = b;
    block[ic] = c;
    block[id] = d;
  }

  private static long multiplyAndAdd(long x, long y) {
    return x + y + 2 * (x & LOW) * (y & LOW);
  }
}
