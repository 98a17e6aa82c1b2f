package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/**
 * Sends requests in batches: what arrives while one batch is in flight forms the next. There is no
 * timer, so a single request goes out immediately. Confined to one event loop.
 */
public final class Batcher<Q, R> {
  private record Waiting<Q, R>(Q question, Promise<R> answer) {}

  private final int maxBatch;
  private final int maxWaiting;
  private final Function<List<Q>, Future<List<R>>> send;
  private final Deque<Waiting<Q, R>> waiting = new ArrayDeque<>();
  private boolean inFlight;

  /**
   * @param maxBatch requests in one batch
   * @param maxWaiting requests that may wait; more are refused
   * @param send answers a batch, in the order of its requests
   */
  public Batcher(int maxBatch, int maxWaiting, Function<List<Q>, Future<List<R>>> send) {
    this.maxBatch = maxBatch;
    this.maxWaiting = maxWaiting;
    this.send = send;
  }

  public Future<R> ask(Q question) {
    if (waiting.size() >= maxWaiting) {
      return Future.failedFuture(Outage.unavailable("too many requests of one kind are waiting"));
    }
    Promise<R> answer = Promise.promise();
    waiting.add(new Waiting<>(question, answer));
    sendNextBatch();
    return answer.future();
  }

  private void sendNextBatch() {
    if (inFlight || waiting.isEmpty()) {
      return;
    }
    inFlight = true;
    List<Waiting<Q, R>> batch = new ArrayList<>();
    while (batch.size() < maxBatch && !waiting.isEmpty()) {
      batch.add(waiting.remove());
    }
    send.apply(batch.stream().map(Waiting::question).toList())
        .onComplete(
            (answers, failure) -> {
              inFlight = false;
              sendNextBatch();
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
