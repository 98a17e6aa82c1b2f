package io.parley.store.insight;

import io.parley.bus.Bus;
import io.parley.flow.ConcurrencyLimit;
import io.parley.insight.InsightVerbs;
import io.parley.store.db.Database;

/** The endpoints of analytics and search, behind a common limit, because each may be expensive. */
public final class InsightEndpoints {
  private static final int MAX_QUERIES = 2;
  private static final int MAX_WAITING = 100;

  private final Tallies tallies;
  private final ItemSearch search;

  public InsightEndpoints(Database database) {
    ConcurrencyLimit limit = new ConcurrencyLimit(MAX_QUERIES, MAX_WAITING);
    this.tallies = new Tallies(database, limit);
    this.search = new ItemSearch(database, limit);
  }

  public void serve(Bus bus) {
    bus.serve(InsightVerbs.TOP_USERS, tallies::users);
    bus.serve(InsightVerbs.TOP_CONVERSATIONS, tallies::conversations);
    bus.serve(InsightVerbs.SEARCH_ITEMS, search::find);
  }
}
