package io.parley.live;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Lets some at once do what is dear, and the others wait, in the order in which they came: when
 * everybody comes back together, that is no reason to refuse anybody. Confined to one event loop.
 */
final class Turnstile {
  private final Desk desk;
  private final int most;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int underWay;

  Turnstile(Desk desk, int most) {
    this.desk = desk;
    this.most = most;
  }

  /** Does {@code work} when there is room for it. */
  <T> Future<T> enter(Supplier<Future<T>> work) {
    Promise<T> promise = Promise.promise();
    waiting.add(
        () ->
            desk.home(
                Future.succeededFuture().compose(open -> work.get()),
                (value, failure) -> {
                  underWay--;
                  next();
                  promise.complete(value, failure);
                }));
    next();
    return promise.future();
  }

  private void next() {
    while (underWay < most && !waiting.isEmpty()) {
      underWay++;
      waiting.poll().run();
    }
  }
}
