package io.parley.store;

import io.parley.bus.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Look-ups that come one by one and are made together: while some are under way the next ones
 * gather, and go as one question. Who waits for the same is looked up once; a look-up that is under
 * way is not joined, for it may have seen the time before. Confined to one event loop.
 */
final class Gathering<K, V> {
  private static final int MOST_UNDER_WAY = 2;

  private final int most;
  private final int bound;
  private final Function<List<K>, Future<Map<K, V>>> question;
  private final Map<K, Promise<Optional<V>>> waiting = new LinkedHashMap<>();
  private int underWay;

  /** So many at {@code most} in one question; so many may wait. */
  Gathering(int most, int bound, Function<List<K>, Future<Map<K, V>>> question) {
    this.most = most;
    this.bound = bound;
    this.question = question;
  }

  Future<Optional<V>> find(K key) {
    Promise<Optional<V>> wanted = waiting.get(key);
    if (wanted == null) {
      if (waiting.size() >= bound) {
        return Future.failedFuture(Outage.unavailable("too many look-ups at once"));
      }
      wanted = Promise.promise();
      waiting.put(key, wanted);
      ask();
    }
    return wanted.future();
  }

  private void ask() {
    while (underWay < MOST_UNDER_WAY && !waiting.isEmpty()) {
      Map<K, Promise<Optional<V>>> batch = next();
      underWay++;
      question
          .apply(List.copyOf(batch.keySet()))
          .onComplete(
              (found, failure) -> {
                underWay--;
                batch.forEach(
                    (key, wanted) -> {
                      if (failure == null) {
                        wanted.complete(Optional.ofNullable(found.get(key)));
                      } else {
                        wanted.fail(failure);
                      }
                    });
                ask();
              });
    }
  }

  private Map<K, Promise<Optional<V>>> next() {
    Map<K, Promise<Optional<V>>> batch = new HashMap<>();
    for (Iterator<Map.Entry<K, Promise<Optional<V>>>> oldest = waiting.entrySet().iterator();
        oldest.hasNext() && batch.size() < most; ) {
      Map.Entry<K, Promise<Optional<V>>> each = oldest.next();
      batch.put(each.getKey(), each.getValue());
      oldest.remove();
    }
    return batch;
  }
}
