package io.parley.store.insight;

import java.util.List;

/**
 * How a search finds its hits, by the estimated number of items that match.
 *
 * @param sql the statement of a page
 * @param maxWalked how many items it may look at on the way; a page that would need more is found
 *     by the index
 */
record SearchPlan(String sql, long maxWalked) {
  /** Reading fewer items than this is quick, however many match. */
  private static final double FEW_ITEMS = 2_000;

  /** The matches that the index collects in the time in which a walk reads one item. */
  private static final double MATCHES_PER_ITEM = 30;

  /** Sorting fewer hits than this is quick, however they are spread. */
  private static final double FEW_HITS = 2_000;

  private static final double MIN_WALKED = 5_000;
  private static final double MAX_WALKED_NAMED = 50_000;

  /** More, because the words are read of visible items only. */
  private static final double MAX_WALKED = 300_000;

  /** The items that a walk passes in the time in which one that the index found is read. */
  private static final double WALKED_PER_MATCH = 4;

  private static final double RESERVE = 4;

  /**
   * What is known before searching.
   *
   * @param named the conversations to search; empty if they are many
   * @param matches the items that match in all conversations, estimated
   * @param items the items in all conversations
   * @param volume the items in the conversations to search
   */
  record Estimate(List<Long> named, double matches, double items, double volume) {
    double density() {
      return Math.clamp(matches / Math.max(items, 1), 1e-9, 1);
    }

    double share() {
      return Math.clamp(volume / Math.max(items, 1), 1e-9, 1);
    }
  }

  static SearchPlan of(Estimate estimate, int hits) {
    boolean named = !estimate.named().isEmpty();
    // the index collects everybody's items that match before it leaves out those of others
    double worthReading =
        Math.clamp(estimate.matches() / MATCHES_PER_ITEM, FEW_ITEMS, MAX_WALKED_NAMED);
    if (named && estimate.volume() <= worthReading) {
      return new SearchPlan(SearchSql.BY_WALKING_NAMED, (long) MAX_WALKED_NAMED + 1);
    }
    SearchPlan byIndex = byIndex(estimate);
    if (estimate.matches() * estimate.share() <= FEW_HITS) {
      return byIndex;
    }
    double walked = hits / estimate.density() / (named ? 1 : estimate.share());
    if (!named && walked > Math.min(MAX_WALKED, WALKED_PER_MATCH * estimate.matches())) {
      return byIndex;
    }
    return new SearchPlan(
        named ? SearchSql.BY_WALKING_NAMED : SearchSql.BY_WALKING,
        (long) Math.clamp(RESERVE * walked, MIN_WALKED, named ? MAX_WALKED_NAMED : MAX_WALKED));
  }

  static SearchPlan byIndex(Estimate estimate) {
    return new SearchPlan(
        estimate.named().isEmpty() ? SearchSql.BY_INDEX : SearchSql.BY_INDEX_IN_NAMED, 0);
  }
}
