package io.parley.store.identity;

import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;

/**
 * The memory in which passwords are hashed, kept for the next one: with fresh memory a hash took
 * three times as long. Cleared after each hash, because what is left there makes it easy to guess
 * the password. Safe from any thread.
 */
final class HashMemory {
  private final int words;
  private final BlockingQueue<long[]> idle;

  /**
   * @param words how many a hash of the usual cost needs; that of a higher cost gets memory of its
   *     own
   * @param maxIdle how many hashes' memory to keep
   */
  HashMemory(int words, int maxIdle) {
    this.words = words;
    this.idle = new ArrayBlockingQueue<>(maxIdle);
  }

  /** Runs {@code work} with at least so many words, which nobody else uses. */
  <T> T lend(int atLeast, Function<long[], T> work) {
    long[] kept = atLeast > words ? null : idle.poll();
    long[] memory = kept == null ? new long[Math.max(atLeast, words)] : kept;
    try {
      return work.apply(memory);
    } finally {
      Arrays.fill(memory, 0);
      if (memory.length == words) {
        boolean _ = idle.offer(memory);
      }
    }
  }
}
