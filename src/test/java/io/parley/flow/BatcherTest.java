package io.parley.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class BatcherTest {
  private final List<List<Integer>> asked = new ArrayList<>();
  private final List<Promise<List<String>>> answers = new ArrayList<>();
  private final Batcher<Integer, String> gathering =
      new Batcher<>(
          10,
          25,
          questions -> {
            asked.add(questions);
            answers.add(Promise.promise());
            return answers.getLast().future();
          });

  private List<Future<String>> ask(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(gathering::ask).toList();
  }

  private void answer(int number) {
    answers.get(number).complete(asked.get(number).stream().map(each -> "a" + each).toList());
  }

  @Test
  void whatComesWhileOneIsUnderWayGoesTogether() {
    List<Future<String>> wanted = ask(1, 6);
    assertThat(asked).containsExactly(List.of(1));
    answer(0);
    assertThat(asked.getLast()).containsExactly(2, 3, 4, 5, 6);
    answer(1);
    assertThat(wanted.stream().map(Future::result))
        .containsExactly("a1", "a2", "a3", "a4", "a5", "a6");
  }

  @Test
  void aQuestionIsNeverLargerThanItMayBe() {
    ask(1, 26);
    answer(0);
    answer(1);
    answer(2);
    assertThat(asked.stream().map(List::size)).containsExactly(1, 10, 10, 5);
  }

  @Test
  void moreThanMayWaitAreToldToComeAgain() {
    List<Future<String>> wanted = ask(1, 27);
    assertThat(wanted.getLast().cause()).isInstanceOf(Outage.class);
    assertThat(wanted.get(25).isComplete()).isFalse();
    answer(0);
    assertThat(gathering.ask(28).isComplete()).isFalse();
  }

  @Test
  void aQuestionThatFailsFailsThoseWhoWaitedForItAndNobodyElse() {
    List<Future<String>> wanted = ask(1, 3);
    answers.get(0).fail(Outage.unavailable("the database is not there"));
    answer(1);
    assertThat(wanted.get(0).failed()).isTrue();
    assertThat(wanted.get(1).result()).isEqualTo("a2");
    assertThat(wanted.get(2).result()).isEqualTo("a3");
  }
}
