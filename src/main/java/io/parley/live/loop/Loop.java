package io.parley.live.loop;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * The event loop that owns a socket, as everything about that socket sees it: time, timers, and a
 * way back onto the loop. Tests replace it by virtual time.
 */
public interface Loop {

  /** Milliseconds of a monotonic clock. */
  long now();

  /** The wall-clock time. */
  Instant instant();

  /** Runs {@code task} on this loop after {@code millis}. Called on this loop only. */
  void after(long millis, Runnable task);

  /** Runs {@code task} on this loop, later. Safe from any thread. */
  void execute(Runnable task);

  /**
   * Passes the outcome of {@code work} to {@code next} on this loop, wherever the work was done.
   * Runs {@code next} at once if the outcome is known.
   */
  <T> void whenDone(Future<T> work, Completable<T> next);
}
