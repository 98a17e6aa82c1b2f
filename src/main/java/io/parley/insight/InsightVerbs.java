package io.parley.insight;

import io.parley.bus.Endpoint;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What can be asked about everything that was said. */
public final class InsightVerbs {
  private InsightVerbs() {}

  /** Who, or where: those with the most messages first, those with none not at all. */
  public record Top(Range range, int limit, long offset) {}

  /** One of them; {@code name} is a user's or a conversation's. */
  public record Rank(long id, String name, long messages) {}

  public record Ranking(List<Rank> ranks) {}

  public static final Endpoint<Top, Ranking> TOP_USERS =
      new Endpoint<>("insight.top-users", Top.class, Ranking.class);

  /** A conversation without a name is called by its members. */
  public static final Endpoint<Top, Ranking> TOP_CONVERSATIONS =
      new Endpoint<>("insight.top-conversations", Top.class, Ranking.class);

  /** Looks for words in the caller's conversations, or in one of them; newest first. */
  public record SearchItems(
      long caller,
      String words,
      Optional<Long> conversation,
      Optional<Position> after,
      int limit) {}

  public record Position(Instant createdAt, long conversation, long seq) {}

  /**
   * What was found.
   *
   * @param next where the search goes on; a page may hold less than was asked for and yet not be
   *     the last
   * @param behind how many of the newest items cannot be found yet
   * @param asked whether the words ask for anything
   */
  public record Found(List<Item> items, Optional<Position> next, long behind, boolean asked) {}

  public static final Endpoint<SearchItems, Result<Found>> SEARCH_ITEMS =
      Result.endpoint("insight.search-items", SearchItems.class);
}
