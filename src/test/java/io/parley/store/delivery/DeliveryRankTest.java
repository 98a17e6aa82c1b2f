package io.parley.store.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.SeededHistory;
import io.parley.testing.TestDatabase;
import io.parley.timeline.DeliveryState;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("integration")
class DeliveryRankTest {
  private final SeededHistory database = new SeededHistory(TestDatabase.fresh());

  @Test
  void theDatabaseLetsAStateBecomeAnotherExactlyWhenTheEnumDoes() {
    List<List<String>> pairs =
        Arrays.stream(DeliveryState.values()).flatMap(DeliveryRankTest::pairsFrom).toList();
    assertThat(pairs)
        .allSatisfy(
            pair ->
                assertThat(
                        database.one(
                            "select delivery_rank('%s') < delivery_rank('%s')"
                                .formatted(pair.getFirst(), pair.getLast())))
                    .isEqualTo(mayBecome(pair) ? "t" : "f"));
  }

  @Test
  void theEnumHasTheStatesOfTheTable() {
    String check =
        database.one(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'delivery_state_check'");
    assertThat(Arrays.stream(DeliveryState.values()))
        .allSatisfy(state -> assertThat(check).contains("'" + state.text() + "'"))
        .hasSize(check.split("::text,").length);
  }

  private static Stream<List<String>> pairsFrom(DeliveryState from) {
    return Arrays.stream(DeliveryState.values()).map(to -> List.of(from.text(), to.text()));
  }

  private static boolean mayBecome(List<String> pair) {
    return DeliveryState.of(pair.getFirst()).mayBecome(DeliveryState.of(pair.getLast()));
  }
}
