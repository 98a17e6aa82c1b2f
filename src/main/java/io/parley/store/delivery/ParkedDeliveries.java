package io.parley.store.delivery;

import io.parley.store.db.Database;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes parked deliveries due that have none before them any more. A settlement wakes the next one
 * of its queue, but a queue may hold deliveries of several conversations, and no common lock keeps
 * their settlements apart.
 *
 * <p>Millions may be parked. So a sweep looks at a limited number, and the next one goes on behind
 * them.
 */
final class ParkedDeliveries {
  private static final int MAX_SEEN = 10_000;
  private static final String UNPARK =
      """
      select r.route, u.seen, u.last, u.due from unnest($1::text[], $2::bigint[]) r (route, after)
      cross join lateral unpark_deliveries(r.route, r.after, $3) u
      """;

  private final Database database;
  private final Map<Channel, Long> lastSeen = new EnumMap<>(Channel.class);

  ParkedDeliveries(Database database) {
    this.database = database;
  }

  /** Returns how many became due. */
  Future<Integer> sweep() {
    List<Channel> routes = List.of(Channel.SMS, Channel.EMAIL);
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(routes.stream().map(Channel::text).toArray(String[]::new))
            .addArrayOfLong(
                routes.stream().map(route -> lastSeen.getOrDefault(route, 0L)).toArray(Long[]::new))
            .addInteger(MAX_SEEN);
    return database.write(UNPARK, parameters).map(this::note);
  }

  private int note(RowSet<Row> rows) {
    int due = 0;
    for (Row row : rows) {
      boolean more = row.getInteger("seen") == MAX_SEEN;
      lastSeen.put(Channel.of(row.getString("route")), more ? row.getLong("last") : 0L);
      due += row.getInteger("due");
    }
    return due;
  }
}
