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
    schedule(pauseMs, pauseMs, name, sweep);
  }

  private void schedule(long delayMs, long pauseMs, String name, Supplier<Future<Integer>> sweep) {
    vertx.setTimer(delayMs, tick -> run(pauseMs, name, sweep));
  }

  public void stop() {
    stopped = true;
  }

  private void run(long pauseMs, String name, Supplier<Future<Integer>> sweep) {
    if (stopped) {
      return;
    }
    long began = System.nanoTime();
    sweep
        .get()
        .onSuccess(
            count ->
                LOG.atTrace()
                    .addKeyValue("sweep", name)
                    .addKeyValue("count", count)
                    .log("Sweep done"))
        .onFailure(
            failure ->
                LOG.atDebug()
                    .addKeyValue("sweep", name)
                    .addKeyValue("reason", failure.toString())
                    .log("Sweep failed, will be retried"))
        .onComplete(
            (done, failure) -> {
              long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
              schedule(Math.max(pauseMs, PAUSE_FACTOR * tookMs), pauseMs, name, sweep);
            });
  }
}
