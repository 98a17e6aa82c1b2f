package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs a limited number of expensive requests at a time and queues the others, so that they leave
 * room for cheap ones and a burst is not refused. Confined to one event loop.
 */
public final class ConcurrencyLimit {
  private record Waiting(long since, Runnable start, Promise<?> answer) {}

  private final int maxRunning;
  private final int maxWaiting;
  private final LongSupplier nanoClock;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private int running;
  private boolean starting;

  /**
   * @param maxRunning requests that run at the same time
   * @param maxWaiting requests that may wait; more are refused
   */
  public ConcurrencyLimit(int maxRunning, int maxWaiting) {
    this(maxRunning, maxWaiting, System::nanoTime);
  }

  ConcurrencyLimit(int maxRunning, int maxWaiting, LongSupplier nanoClock) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
    this.nanoClock = nanoClock;
  }

  /** Runs {@code request} as soon as the limit allows. */
  public <R> Future<R> enter(Supplier<Future<R>> request) {
    if (running < maxRunning) {
      return run(request);
    }
    if (waiting.size() >= maxWaiting) {
      return Future.failedFuture(Outage.unavailable("too many expensive requests are waiting"));
    }
    Promise<R> answer = Promise.promise();
    waiting.add(new Waiting(nanoClock.getAsLong(), () -> run(request).onComplete(answer), answer));
    return answer.future();
  }

  /** Refuses the requests that have waited longer than {@code limit}; call it from time to time. */
  public void refuseOverdue(Duration limit) {
    long oldest = nanoClock.getAsLong() - limit.toNanos();
    while (!waiting.isEmpty() && waiting.element().since() - oldest < 0) {
      waiting
          .remove()
          .answer()
          .fail(Outage.unavailable("the request waited too long for its turn"));
    }
  }

  private <R> Future<R> run(Supplier<Future<R>> request) {
    running++;
    // a request that throws leaves, too
    return Future.succeededFuture().compose(start -> request.get()).onComplete(done -> leave());
  }

  // a loop, not a recursion: thousands of requests may complete immediately
  private void leave() {
    running--;
    if (!starting) {
      starting = true;
      while (running < maxRunning && !waiting.isEmpty()) {
        waiting.poll().start().run();
      }
      starting = false;
    }
  }
}
