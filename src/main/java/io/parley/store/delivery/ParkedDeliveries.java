package io.parley.store.delivery;

import io.parley.store.db.Database;
import io.parley.timeline.Channel;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.EnumMap;
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
  private static final String UNPARK = "select seen, last, due from unpark_deliveries($1, $2, $3)";

  private final Database database;
  private final Map<Channel, Long> lastSeen = new EnumMap<>(Channel.class);

  ParkedDeliveries(Database database) {
    this.database = database;
  }

  /** Returns how many became due. */
  Future<Integer> sweep() {
    return sweep(Channel.SMS)
        .compose(messages -> sweep(Channel.EMAIL).map(emails -> messages + emails));
  }

  private Future<Integer> sweep(Channel route) {
    return database
        .write(UNPARK, Tuple.of(route.text(), lastSeen.getOrDefault(route, 0L), MAX_SEEN))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              boolean more = row.getInteger("seen") == MAX_SEEN;
              lastSeen.put(route, more ? row.getLong("last") : 0L);
              return row.getInteger("due");
            });
  }
}
