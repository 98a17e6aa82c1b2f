package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Repeats a step for as long as what it depends on is unavailable. */
public final class Retry {
  private static final long PAUSE_MS = 250;

  private Retry() {}

  /** The result of {@code step}; an {@link Outage} is retried for {@code patience}. */
  public static <T> Future<T> whileUnavailable(
      Vertx vertx, Duration patience, Supplier<Future<T>> step) {
    return whileUnavailable(vertx, Deadline.in(patience), step);
  }

  private static <T> Future<T> whileUnavailable(
      Vertx vertx, Deadline deadline, Supplier<Future<T>> step) {
    return step.get()
        .recover(
            failure ->
                failure instanceof Outage && !deadline.hasPassed()
                    ? vertx
                        .timer(PAUSE_MS, TimeUnit.MILLISECONDS)
                        .compose(pause -> whileUnavailable(vertx, deadline, step))
                    : Future.failedFuture(failure));
  }
}
