package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.insight.SearchPlan.Estimate;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a search finds its hits, among ten million items. */
@Tag("fast")
class SearchPlanTest {
  private static final double ITEMS = 10_000_000;
  private static final int HITS = 51;
  private static final List<Long> FEW = List.of(1L, 2L, 3L);
  private static final List<Long> MANY = List.of();

  private static String sql(List<Long> named, double matches, double volume) {
    return SearchPlan.of(new Estimate(named, matches, ITEMS, volume), HITS).sql();
  }

  @Test
  void callersWithFewItemsAreWalkedThroughWhole() {
    for (double matches : List.of(0.0, 500.0, 4_000_000.0)) {
      SearchPlan plan = SearchPlan.of(new Estimate(FEW, matches, ITEMS, 300), HITS);
      assertThat(plan.sql()).isEqualTo(SearchSql.BY_WALKING_NAMED);
      assertThat(plan.maxWalked()).isGreaterThan(300);
    }
  }

  @Test
  void aRareWordInLongConversationsIsFoundByTheIndex() {
    assertThat(sql(FEW, 500, 2_000_000)).isEqualTo(SearchSql.BY_INDEX_IN_NAMED);
    assertThat(sql(MANY, 500, 200_000)).isEqualTo(SearchSql.BY_INDEX);
  }

  @Test
  void aCommonWordIsFoundByWalking() {
    assertThat(sql(FEW, 4_000_000, 2_000_000)).isEqualTo(SearchSql.BY_WALKING_NAMED);
    assertThat(sql(MANY, 4_000_000, 200_000)).isEqualTo(SearchSql.BY_WALKING);
  }

  @Test
  void aWordIsNotWalkedForThatTheCallersItemsHardlyContain() {
    assertThat(sql(MANY, 200_000, 20_000)).isEqualTo(SearchSql.BY_INDEX);
  }
}
