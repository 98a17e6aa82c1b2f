package io.parley.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Waits for conditions and futures: the only place where tests wait.
 *
 * <p>The limit is generous on purpose. It ends a test that hangs; how long something may take is
 * asserted by the test that promises it.
 */
public final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long INTERVAL_MS = 5;

  /** A question about the world that may fail. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  private Await() {}

  /** Returns when {@code condition} holds; {@code what} says it in the failure. */
  public static void until(String what, Condition condition) {
    until(() -> what, LIMIT, condition);
  }

  /** As above, with a limit of its own and a description that is made when it has passed. */
  public static void until(Supplier<String> what, Duration limit, Condition condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + limit.toSeconds() + " s: " + what.get());
      }
      sleep();
    }
  }

  /** The value of {@code future}; its failure is thrown. */
  public static <T> T result(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException runtime
          ? runtime
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("no result within " + LIMIT.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(INTERVAL_MS);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting", e);
  }
}
