package io.parley.ops;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.TimeUnit;

/**
 * Watches the event loop it is deployed on, by asking it for the time and noting how late it
 * answers.
 */
public final class LoopLag extends VerticleBase {
  private static final long EVERY_MS = 500;

  private final Metrics metrics;
  private long expected;

  public LoopLag(Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public Future<?> start() {
    expected = next();
    vertx.setPeriodic(EVERY_MS, tick -> noted(Thread.currentThread().getName()));
    return Future.succeededFuture();
  }

  private void noted(String loop) {
    metrics.loopLag(loop, Math.max(0, System.nanoTime() - expected));
    expected = next();
  }

  private static long next() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MS);
  }
}
