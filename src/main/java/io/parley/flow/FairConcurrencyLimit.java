package io.parley.flow;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Runs a limited number of expensive requests at a time; the others wait in a queue for their key,
 * such as the address of a client, and the keys take turns. When all places are taken, a request of
 * a key with fewer places takes that of the last request of the key with the most: a flood
 * displaces itself, and nobody else. Confined to one event loop.
 */
public final class FairConcurrencyLimit<K> {
  private record Waiting(Runnable start, Promise<?> answer) {}

  private final int maxRunning;
  private final int maxWaiting;

  /** The requests of each key that waits; the key whose turn is next comes first. */
  private final Map<K, Deque<Waiting>> queues = new LinkedHashMap<>();

  private int waiting;
  private int running;
  private boolean starting;

  /**
   * @param maxRunning requests that run at the same time
   * @param maxWaiting requests that may wait; more are refused
   */
  public FairConcurrencyLimit(int maxRunning, int maxWaiting) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
  }

  /** Runs {@code request} as soon as the limit allows and it is the turn of {@code key}. */
  public <R> Future<R> enter(K key, Supplier<Future<R>> request) {
    if (running < maxRunning) {
      return run(request);
    }
    if (waiting >= maxWaiting && !makeRoom(key)) {
      return Future.failedFuture(overloaded());
    }
    Promise<R> answer = Promise.promise();
    waiting++;
    queues
        .computeIfAbsent(key, _ -> new ArrayDeque<>())
        .add(new Waiting(() -> run(request).onComplete(answer), answer));
    return answer.future();
  }

  private static Outage overloaded() {
    return Outage.unavailable("too many expensive requests are waiting");
  }

  private boolean makeRoom(K newcomer) {
    Deque<Waiting> own = queues.get(newcomer);
    int places = own == null ? 0 : own.size();
    Map.Entry<K, Deque<Waiting>> longest =
        queues.entrySet().stream()
            .max(Comparator.comparingInt(queue -> queue.getValue().size()))
            .filter(queue -> queue.getValue().size() > places + 1)
            .orElse(null);
    if (longest == null) {
      return false;
    }
    waiting--;
    longest.getValue().removeLast().answer().fail(overloaded());
    return true;
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
      while (running < maxRunning && waiting > 0) {
        next().start().run();
      }
      starting = false;
    }
  }

  private Waiting next() {
    Iterator<Map.Entry<K, Deque<Waiting>>> turns = queues.entrySet().iterator();
    Map.Entry<K, Deque<Waiting>> turn = turns.next();
    K key = turn.getKey();
    Deque<Waiting> queue = turn.getValue();
    turns.remove();
    Waiting first = queue.remove();
    waiting--;
    if (!queue.isEmpty()) {
      queues.put(key, queue);
    }
    return first;
  }
}
