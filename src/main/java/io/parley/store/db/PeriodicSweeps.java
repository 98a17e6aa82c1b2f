package io.parley.store.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chores that come round again; the longer one takes, the longer it rests. */
public final class PeriodicSweeps {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicSweeps.class);
  private static final int SHARE = 20;

  private final Vertx vertx;
  private boolean stopped;

  public PeriodicSweeps(Vertx vertx) {
    this.vertx = vertx;
  }

  public void every(long pauseMs, String what, Supplier<Future<Integer>> chore) {
    after(pauseMs, pauseMs, what, chore);
  }

  private void after(long restMs, long pauseMs, String what, Supplier<Future<Integer>> chore) {
    vertx.setTimer(restMs, tick -> run(pauseMs, what, chore));
  }

  public void stop() {
    stopped = true;
  }

  private void run(long pauseMs, String what, Supplier<Future<Integer>> chore) {
    if (stopped) {
      return;
    }
    long began = System.nanoTime();
    chore
        .get()
        .onSuccess(count -> LOG.atTrace().addKeyValue("count", count).log(what))
        .onFailure(
            failure ->
                LOG.atDebug().addKeyValue("reason", failure.toString()).log(what + " not now"))
        .onComplete(
            (done, failure) -> {
              long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
              after(Math.max(pauseMs, SHARE * tookMs), pauseMs, what, chore);
            });
  }
}
