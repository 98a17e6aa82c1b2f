package io.parley.store.identity;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * BLAKE2b without a key (RFC 7693), which Argon2 is built on and the JDK does not have. Computes
 * one hash; not thread-safe.
 */
final class Blake2b {
  static final int MAX_BYTES = 64;

  private static final int BLOCK_BYTES = 128;
  private static final int BLOCK_WORDS = 16;
  private static final int ROUNDS = 12;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  // the fractions of the square roots of the first eight primes
  private static final long[] INITIAL = {
    0x6a09e667f3bcc908L, 0xbb67ae8584caa73bL, 0x3c6ef372fe94f82bL, 0xa54ff53a5f1d36f1L,
    0x510e527fade682d1L, 0x9b05688c2b3e6c1fL, 0x1f83d9abfb41bd6bL, 0x5be0cd19137e2179L
  };

  // the order of the words of a block in each round; after ten rounds it repeats
  private static final int[][] ORDER = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}
  };

  private final int length;
  private final long[] state = INITIAL.clone();
  private final long[] work = new long[BLOCK_WORDS];
  private final long[] words = new long[BLOCK_WORDS];
  private final byte[] block = new byte[BLOCK_BYTES];
  private int inBlock;
  private long before;

  /** A hash of {@code length} bytes, from 1 to {@value #MAX_BYTES}. */
  Blake2b(int length) {
    this.length = length;
    state[0] ^= 0x01010000L ^ length;
  }

  /** Adds bytes to what is hashed. */
  Blake2b add(byte[] bytes) {
    int from = 0;
    while (from < bytes.length) {
      // the last block is compressed at the end, even if it is full
      if (inBlock == BLOCK_BYTES) {
        before += BLOCK_BYTES;
        compress(before, 0);
        inBlock = 0;
      }
      int part = Math.min(bytes.length - from, BLOCK_BYTES - inBlock);
      System.arraycopy(bytes, from, block, inBlock, part);
      inBlock += part;
      from += part;
    }
    return this;
  }

  /** Adds a number as four bytes, the least significant first. */
  Blake2b add(int number) {
    byte[] bytes = new byte[Integer.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (number >>> (Byte.SIZE * i));
    }
    return add(bytes);
  }

  /** The hash; nothing may be added afterwards. */
  byte[] hash() {
    Arrays.fill(block, inBlock, BLOCK_BYTES, (byte) 0);
    compress(before + inBlock, -1);
    byte[] hash = new byte[MAX_BYTES];
    for (int i = 0; i < state.length; i++) {
      LONGS.set(hash, i * Long.BYTES, state[i]);
    }
    return Arrays.copyOf(hash, length);
  }

  private void compress(long bytes, long last) {
    for (int i = 0; i < BLOCK_WORDS; i++) {
      words[i] = (long) LONGS.get(block, i * Long.BYTES);
    }
    System.arraycopy(state, 0, work, 0, state.length);
    System.arraycopy(INITIAL, 0, work, state.length, INITIAL.length);
    work[12] ^= bytes;
    work[14] ^= last;
    for (int round = 0; round < ROUNDS; round++) {
      int[] order = ORDER[round % ORDER.length];
      for (int i = 0; i < 4; i++) {
        mix(i, i + 4, i + 8, i + 12, words[order[2 * i]], words[order[2 * i + 1]]);
      }
      for (int i = 0; i < 4; i++) {
        int b = 4 + (i + 1) % 4;
        int c = 8 + (i + 2) % 4;
        int d = 12 + (i + 3) % 4;
        mix(i, b, c, d, words[order[8 + 2 * i]], words[order[9 + 2 * i]]);
      }
    }
    for (int i = 0; i < state.length; i++) {
      state[i] ^= work[i] ^ work[i + state.length];
    }
  }

  private void mix(int a, int b, int c, int d, long x, long y) {
    work[a] += work[b] + x;
    work[d] = Long.rotateRight(work[d] ^ work[a], 32);
    work[c] += work[d];
    work[b] = Long.rotateRight(work[b] ^ work[c], 24);
    work[a] += work[b] + y;
    work[d] = Long.rotateRight(work[d] ^ work[a], 16);
    work[c] += work[d];
    work[b] = Long.rotateRight(work[b] ^ work[c], 63);
  }
}
