package io.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.bus.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GatheringTest {
  private final List<List<Integer>> asked = new ArrayList<>();
  private final List<Promise<Map<Integer, String>>> answers = new ArrayList<>();
  private final Gathering<Integer, String> gathering =
      new Gathering<>(
          10,
          25,
          keys -> {
            asked.add(keys.stream().sorted().toList());
            answers.add(Promise.promise());
            return answers.getLast().future();
          });

  private List<Future<Optional<String>>> find(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(gathering::find).toList();
  }

  @Test
  void whatComesWhileTwoAreUnderWayGoesTogether() {
    find(1, 6);
    assertThat(asked).containsExactly(List.of(1), List.of(2));
    answers.get(0).complete(Map.of());
    assertThat(asked.getLast()).containsExactly(3, 4, 5, 6);
  }

  @Test
  void whoWaitsForTheSameIsLookedUpOnceButNeverJoinsWhatIsUnderWay() {
    find(1, 2);
    List<Future<Optional<String>>> same =
        List.of(gathering.find(1), gathering.find(3), gathering.find(3));
    answers.get(1).complete(Map.of());
    assertThat(asked.getLast()).containsExactly(1, 3);
    answers.get(2).complete(Map.of(3, "three"));
    assertThat(same.stream().map(Future::result))
        .containsExactly(Optional.empty(), Optional.of("three"), Optional.of("three"));
  }

  @Test
  void aQuestionIsNeverLargerThanItMayBe() {
    find(1, 27);
    answers.get(0).complete(Map.of());
    answers.get(1).complete(Map.of());
    answers.get(2).complete(Map.of());
    assertThat(asked.stream().map(List::size)).containsExactly(1, 1, 10, 10, 5);
  }

  @Test
  void moreThanMayWaitAreToldToComeAgain() {
    List<Future<Optional<String>>> wanted = find(1, 28);
    assertThat(wanted.getLast().cause()).isInstanceOf(Outage.class);
    assertThat(wanted.get(26).isComplete()).isFalse();
    answers.get(0).complete(Map.of());
    assertThat(gathering.find(29).isComplete()).isFalse();
  }

  @Test
  void aQuestionThatFailsFailsThoseWhoWaitedForItAndNobodyElse() {
    List<Future<Optional<String>>> wanted = find(1, 4);
    answers.get(0).fail(Outage.unavailable("the database is not there"));
    answers.get(2).complete(Map.of(3, "three"));
    assertThat(wanted.get(0).failed()).isTrue();
    assertThat(wanted.get(2).result()).contains("three");
    assertThat(wanted.get(1).isComplete()).isFalse();
  }
}
