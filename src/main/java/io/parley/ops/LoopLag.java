package io.parley.ops;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/** Watches one event loop by asking it for the time and noting how late it answers. */
public final class LoopLag {
  private static final long EVERY_MS = 500;

  private final Metrics metrics;
  private long expected;

  private LoopLag(Metrics metrics) {
    this.metrics = metrics;
  }

  /** Watches the event loop of {@code context} for as long as its verticle lives. */
  public static void watch(Vertx vertx, Context context, Metrics metrics) {
    LoopLag lag = new LoopLag(metrics);
    context.runOnContext(
        start -> {
          lag.expected = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MS);
          vertx.setPeriodic(EVERY_MS, tick -> lag.tick(Thread.currentThread().getName()));
        });
  }

  private void tick(String loop) {
    long now = System.nanoTime();
    metrics.loopLag(loop, Math.max(0, now - expected));
    expected = now + TimeUnit.MILLISECONDS.toNanos(EVERY_MS);
  }
}
