package io.parley.testing;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What is to happen at once, each in a thread of its own: the common pool of two cores has one. */
public final class Concurrently {
  private Concurrently() {}

  /** Asks, and goes on. */
  public static <T> CompletableFuture<T> ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, Thread::startVirtualThread);
  }

  /** Begins, and goes on. */
  public static CompletableFuture<Void> run(Runnable work) {
    return CompletableFuture.runAsync(work, Thread::startVirtualThread);
  }
}
