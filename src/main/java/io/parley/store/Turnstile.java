package io.parley.store;

import io.parley.bus.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Lets in so many at a time: questions that read much must not take every connection from those
 * that read little. Confined to one event loop.
 */
final class Turnstile {
  private final int most;
  private final int bound;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int inside;

  Turnstile(int most, int bound) {
    this.most = most;
    this.bound = bound;
  }

  <R> Future<R> enter(Supplier<Future<R>> question) {
    if (inside < most) {
      return asked(question);
    }
    if (waiting.size() >= bound) {
      return Future.failedFuture(Outage.unavailable("too many large questions at once"));
    }
    Promise<R> answer = Promise.promise();
    waiting.add(() -> asked(question).onComplete(answer));
    return answer.future();
  }

  private <R> Future<R> asked(Supplier<Future<R>> question) {
    inside++;
    return question.get().onComplete(done -> leave());
  }

  private void leave() {
    inside--;
    Runnable next = waiting.poll();
    if (next != null) {
      next.run();
    }
  }
}
