package io.parley.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ConcurrencyLimitTest {
  private final ConcurrencyLimit turnstile = new ConcurrencyLimit(2, 20_000);

  @Test
  void letsInSoManyAndTheOthersInTheirOrder() {
    List<Promise<Integer>> inside = new ArrayList<>();
    List<Future<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      answers.add(
          turnstile.enter(
              () -> {
                Promise<Integer> answer = Promise.promise();
                inside.add(answer);
                return answer.future();
              }));
    }
    assertThat(inside).hasSize(2);
    inside.get(1).complete(1);
    assertThat(inside).hasSize(3);
    inside.get(0).fail("no");
    assertThat(inside).hasSize(4);
    assertThat(answers.get(0).failed()).isTrue();
    assertThat(answers.get(1).result()).isEqualTo(1);
    inside.get(2).complete(2);
    inside.get(3).complete(3);
    inside.get(4).complete(4);
    assertThat(answers.get(4).result()).isEqualTo(4);
  }

  @Test
  void tenThousandWhoAreAnsweredAtOnceFollowEachOther() {
    Promise<Integer> one = Promise.promise();
    Promise<Integer> other = Promise.promise();
    Future<Integer> _ = turnstile.enter(one::future);
    Future<Integer> _ = turnstile.enter(other::future);
    List<Future<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      answers.add(turnstile.enter(() -> Future.succeededFuture(0)));
    }
    one.complete(1);
    assertThat(answers).allMatch(Future::succeeded);
  }

  @Test
  void whoCannotBeAskedStandsInNobodysWay() {
    ConcurrencyLimit narrow = new ConcurrencyLimit(1, 3);
    Promise<Integer> inside = Promise.promise();
    Future<Integer> _ = narrow.enter(inside::future);
    Future<Integer> broken =
        narrow.enter(
            () -> {
              throw new IllegalStateException("broken");
            });
    Future<Integer> next = narrow.enter(() -> Future.succeededFuture(2));
    inside.complete(1);
    assertThat(broken.cause()).hasMessage("broken");
    assertThat(next.result()).isEqualTo(2);
    assertThat(narrow.enter(() -> Future.succeededFuture(3)).result()).isEqualTo(3);
  }

  @Test
  void whoIsTooManyIsToldSo() {
    ConcurrencyLimit narrow = new ConcurrencyLimit(1, 1);
    Promise<Integer> inside = Promise.promise();
    Future<Integer> _ = narrow.enter(inside::future);
    Future<Integer> waits = narrow.enter(() -> Future.succeededFuture(2));
    Future<Integer> tooMany = narrow.enter(() -> Future.succeededFuture(3));
    assertThat(tooMany.cause()).isInstanceOf(Outage.class);
    inside.complete(1);
    assertThat(waits.result()).isEqualTo(2);
  }
}
