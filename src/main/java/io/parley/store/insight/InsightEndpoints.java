package io.parley.store.insight;

import io.parley.bus.Bus;
import io.parley.insight.InsightVerbs;
import io.parley.store.db.Database;

/** The endpoints of analytics and search, whose reads may be heavy. */
public final class InsightEndpoints {
  private final Tallies tallies;
  private final MessagesOverTime overTime;
  private final ItemSearch search;

  public InsightEndpoints(Database database) {
    this.tallies = new Tallies(database);
    this.overTime = new MessagesOverTime(database);
    this.search = new ItemSearch(database);
  }

  public void serve(Bus bus) {
    bus.serve(InsightVerbs.TOP_USERS, tallies::users);
    bus.serve(InsightVerbs.TOP_CONVERSATIONS, tallies::conversations);
    bus.serve(InsightVerbs.COUNT_MESSAGES, overTime::count);
    bus.serve(InsightVerbs.SEARCH_ITEMS, search::find);
  }
}
