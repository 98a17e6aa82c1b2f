package io.parley.store.external;

import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/**
 * The providers' ids of messages that were received, by which a repeated one is recognised. They
 * are kept for thirty days; a provider repeats a message for three days at most.
 */
final class ReceivedIds {
  // by inbound_stored, whose last entries have no date, and by the primary key of item
  private static final String DATE_UNDATED =
      """
      with undated as materialized (
        select n.ctid as place, n.conversation, n.seq from inbound n where n.stored_at is null limit 1000
      ), dated as materialized (
        select u.place, i.created_at from undated u
        cross join lateral (
          select i.created_at from item i where i.conversation = u.conversation and i.seq = u.seq offset 0
        ) i
      )
      update inbound n set stored_at = d.created_at from dated d where n.ctid = d.place
      """;

  // by inbound_stored
  private static final String DELETE_OLD =
      """
      delete from inbound where ctid = any (array(
        select n.ctid from inbound n where n.stored_at < clock_timestamp() - interval '30 days'
        order by n.stored_at limit 1000))
      """;

  private final Database database;

  ReceivedIds(Database database) {
    this.database = database;
  }

  Future<Integer> sweep() {
    return database
        .write(DATE_UNDATED, Tuple.tuple())
        .compose(
            dated ->
                database
                    .write(DELETE_OLD, Tuple.tuple())
                    .map(deleted -> dated.rowCount() + deleted.rowCount()));
  }
}
