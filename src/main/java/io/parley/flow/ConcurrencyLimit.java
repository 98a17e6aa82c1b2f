package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Lets in so many at a time: what is dear must not take everything from what is not, and when all
 * come at once that is no reason to refuse any. Confined to one event loop.
 */
public final class ConcurrencyLimit {
  private final int most;
  private final int bound;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int inside;
  private boolean letting;

  /**
   * @param most how many may be inside
   * @param bound how many may wait
   */
  public ConcurrencyLimit(int most, int bound) {
    this.most = most;
    this.bound = bound;
  }

  /** Asks {@code question} when there is room for it. */
  public <R> Future<R> enter(Supplier<Future<R>> question) {
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
    // one that cannot even be asked leaves, too
    return Future.succeededFuture().compose(open -> question.get()).onComplete(done -> leave());
  }

  // what is answered at once leaves at once: a loop, since thousands of them may be next
  private void leave() {
    inside--;
    if (!letting) {
      letting = true;
      while (inside < most && !waiting.isEmpty()) {
        waiting.poll().run();
      }
      letting = false;
    }
  }
}
