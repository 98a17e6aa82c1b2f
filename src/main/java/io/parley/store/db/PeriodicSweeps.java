package io.parley.store.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clean-up that runs periodically. A sweep uses a twentieth of the time at most: the longer it
 * took, the longer the pause before the next one. Confined to one event loop.
 */
public final class PeriodicSweeps {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicSweeps.class);
  private static final int PAUSE_FACTOR = 20;

  private final Vertx vertx;
  private boolean stopped;

  public PeriodicSweeps(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Runs {@code sweep}, which returns how many rows it changed, at least so long apart. */
  public void every(long pauseMs, String name, Supplier<Future<Integer>> sweep) {
    schedule(pauseMs, new Sweep(name, sweep, pauseMs, false));
  }

  /**
   * Runs {@code sweep}, which works through a batch at a time, at least so long apart, and without
   * that pause as long as it changes any rows.
   */
  public void drainEvery(long pauseMs, String name, Supplier<Future<Integer>> sweep) {
    schedule(pauseMs, new Sweep(name, sweep, pauseMs, true));
  }

  private record Sweep(
      String name, Supplier<Future<Integer>> batch, long pauseMs, boolean untilDone) {
    long pauseAfter(int changed) {
      return untilDone && changed > 0 ? 1 : pauseMs;
    }
  }

  private void schedule(long delayMs, Sweep sweep) {
    vertx.setTimer(delayMs, tick -> run(sweep));
  }

  public void stop() {
    stopped = true;
  }

  private void run(Sweep sweep) {
    if (stopped) {
      return;
    }
    long began = System.nanoTime();
    sweep
        .batch()
        .get()
        .onSuccess(
            count ->
                LOG.atTrace()
                    .addKeyValue("sweep", sweep.name())
                    .addKeyValue("count", count)
                    .log("Sweep done"))
        .onFailure(
            failure ->
                LOG.atDebug()
                    .addKeyValue("sweep", sweep.name())
                    .addKeyValue("reason", failure.toString())
                    .log("Sweep failed, will be retried"))
        .onComplete(
            (count, failure) -> {
              long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
              long pauseMs = sweep.pauseAfter(failure == null ? count : 0);
              schedule(Math.max(pauseMs, PAUSE_FACTOR * tookMs), sweep);
            });
  }
}
