package io.parley.ops;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/** Measures how late the timers of the event loop run on which it is deployed. */
public final class LoopLag extends VerticleBase {
  private static final long EVERY_MS = 500;

  private final Metrics metrics;
  private long expected;

  private LoopLag(Metrics metrics) {
    this.metrics = metrics;
  }

  /** Watches as many event loops as there are. */
  public static Future<String> watch(Vertx vertx, int loops, Metrics metrics) {
    return vertx.deployVerticle(
        () -> new LoopLag(metrics), new DeploymentOptions().setInstances(loops));
  }

  @Override
  public Future<?> start() {
    expected = next();
    vertx.setPeriodic(EVERY_MS, tick -> record(Thread.currentThread().getName()));
    return Future.succeededFuture();
  }

  private void record(String loop) {
    metrics.loopLag(loop, Math.max(0, System.nanoTime() - expected));
    expected = next();
  }

  private static long next() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MS);
  }
}
