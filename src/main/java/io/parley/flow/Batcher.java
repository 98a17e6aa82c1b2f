package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * Questions that are asked together: what gathers while some are under way goes next, in one go.
 * There is no timer, so whoever comes alone goes at once. Confined to one event loop.
 */
public final class Batcher<Q, R> {
  private record Waiting<Q, R>(Q question, Promise<R> answer) {}

  private final int most;
  private final int bound;
  private final Function<List<Q>, Future<List<R>>> together;
  private final Deque<Waiting<Q, R>> waiting = new ArrayDeque<>();
  private boolean busy;

  /**
   * @param most how many go together
   * @param bound how many may wait
   * @param together answers many, in their order
   */
  public Batcher(int most, int bound, Function<List<Q>, Future<List<R>>> together) {
    this.most = most;
    this.bound = bound;
    this.together = together;
  }

  public Future<R> ask(Q question) {
    if (waiting.size() >= bound) {
      return Future.failedFuture(Outage.unavailable("too many of the kind at once"));
    }
    Promise<R> answer = Promise.promise();
    waiting.add(new Waiting<>(question, answer));
    next();
    return answer.future();
  }

  private void next() {
    if (busy || waiting.isEmpty()) {
      return;
    }
    busy = true;
    List<Waiting<Q, R>> batch = new ArrayList<>();
    while (batch.size() < most && !waiting.isEmpty()) {
      batch.add(waiting.remove());
    }
    together
        .apply(batch.stream().map(Waiting::question).toList())
        .onComplete(
            (answers, failure) -> {
              busy = false;
              next();
              for (int i = 0; i < batch.size(); i++) {
                if (failure == null) {
                  batch.get(i).answer().complete(answers.get(i));
                } else {
                  batch.get(i).answer().fail(failure);
                }
              }
            });
  }
}
