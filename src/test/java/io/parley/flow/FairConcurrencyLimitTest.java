package io.parley.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class FairConcurrencyLimitTest {
  private static final int MAX_WAITING = 4;

  private final FairConcurrencyLimit<String> limit = new FairConcurrencyLimit<>(1, MAX_WAITING);
  private final List<String> started = new ArrayList<>();
  private final Deque<Promise<Void>> running = new ArrayDeque<>();

  private Future<Void> enter(String key) {
    return limit.enter(
        key,
        () -> {
          started.add(key);
          Promise<Void> done = Promise.promise();
          running.add(done);
          return done.future();
        });
  }

  private void finishAll() {
    while (!running.isEmpty()) {
      running.remove().complete();
    }
  }

  @Test
  void theKeysTakeTurns() {
    for (String key : List.of("a", "a", "a", "b", "c")) {
      assertThat(enter(key).isComplete()).isFalse();
    }
    finishAll();
    assertThat(started).containsExactly("a", "a", "b", "c", "a");
  }

  @Test
  void aFloodDisplacesItselfAndNobodyElse() {
    List<Future<Void>> flood = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      flood.add(enter("flood"));
    }
    assertThat(flood.stream().filter(Future::failed)).hasSize(10 - 1 - MAX_WAITING);

    Future<Void> other = enter("other");
    Future<Void> third = enter("third");
    assertThat(enter("flood").failed()).isTrue();
    finishAll();

    assertThat(other.succeeded()).isTrue();
    assertThat(third.succeeded()).isTrue();
    assertThat(flood.stream().filter(Future::succeeded)).hasSize(3);
    assertThat(flood.stream().filter(Future::failed))
        .allMatch(refused -> refused.cause() instanceof Outage);
  }

  @Test
  void whenEveryKeyHasOnePlaceANewcomerIsRefused() {
    for (String key : List.of("running", "a", "b", "c", "d")) {
      assertThat(enter(key).isComplete()).isFalse();
    }
    assertThat(enter("e").failed()).isTrue();
    finishAll();
    assertThat(started).containsExactly("running", "a", "b", "c", "d");
  }
}
