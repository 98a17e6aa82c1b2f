package io.parley.insight;

import io.parley.bus.Endpoint;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Requests for rankings by number of messages, and for the search of items. */
public final class InsightVerbs {
  private InsightVerbs() {}

  /** Ranks users or conversations by their messages, most first; leaves out those with none. */
  public record Top(Range range, int limit, long offset) {}

  /** A user or conversation with its number of messages. */
  public record Rank(long id, String name, long messages) {}

  public record Ranking(List<Rank> ranks) {}

  public static final Endpoint<Top, Ranking> TOP_USERS =
      new Endpoint<>("insight.top-users", Top.class, Ranking.class);

  /** A conversation without a name is listed under the names of its members. */
  public static final Endpoint<Top, Ranking> TOP_CONVERSATIONS =
      new Endpoint<>("insight.top-conversations", Top.class, Ranking.class);

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
