package io.parley.insight;

import io.parley.bus.Endpoint;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Requests for numbers of messages, and for the search of items. */
public final class InsightVerbs {
  private InsightVerbs() {}

  /**
   * Ranks users or conversations by their messages, most first; leaves out those with none. The
   * party {@code caller} learns the names of groups, and of other conversations that it may read.
   */
  public record Top(Range range, int limit, long offset, long caller) {}

  /** A user or conversation with its number of messages; without the name if it is private. */
  public record Rank(long id, Optional<String> name, long messages) {}

  public record Ranking(List<Rank> ranks) {}

  public static final Endpoint<Top, Ranking> TOP_USERS =
      new Endpoint<>("insight.top-users", Top.class, Ranking.class);

  /** A conversation that is no group is listed under the names of its members. */
  public static final Endpoint<Top, Ranking> TOP_CONVERSATIONS =
      new Endpoint<>("insight.top-conversations", Top.class, Ranking.class);

  /** The messages in the step that begins at {@code at}. */
  public record StepCount(Instant at, long messages) {}

  /** Every step of a range, in order. */
  public record StepCounts(List<StepCount> counts) {}

  public static final Endpoint<Steps, StepCounts> COUNT_MESSAGES =
      new Endpoint<>("insight.count-messages", Steps.class, StepCounts.class);

  /** Searches the caller's conversations, or one of them, for words; newest items first. */
  public record SearchItems(
      long caller,
      String words,
      Optional<Long> conversation,
      Optional<Position> after,
      int limit) {}

  public record Position(Instant createdAt, long conversation, long seq) {}

  /**
   * The result of a search.
   *
   * @param next where the next page begins; a page may hold fewer items than requested and not be
   *     the last one
   * @param behind the number of newest items that are not indexed yet
   * @param asked whether the words contain a term to search for
   */
  public record Found(List<Item> items, Optional<Position> next, long behind, boolean asked) {}

  public static final Endpoint<SearchItems, Result<Found>> SEARCH_ITEMS =
      Result.endpoint("insight.search-items", SearchItems.class);
}
