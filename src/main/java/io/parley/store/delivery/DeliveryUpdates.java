package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.conversation.ConversationEvents;
import io.parley.flow.Outage;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.ItemRows;
import io.parley.store.timeline.ItemSql;
import io.parley.store.timeline.ReadStateSql;
import io.parley.timeline.Channel;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the states of deliveries. Every change takes a rev of its conversation and is published
 * as an update of its item. The item is read under the conversation's lock, so the event shows it
 * as it was at that rev.
 */
final class DeliveryUpdates {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryUpdates.class);

  // by the primary keys of conversation, delivery and outbox, and by outbox_queue
  private static final String UPDATE =
      "select * from update_free_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
  private static final String REDRIVE = "select * from redrive_deliveries($1)";
  private static final String REDRIVE_FREE = "select * from redrive_free_deliveries($1)";

  // by the primary keys of item, party and member
  private static final String ITEMS =
      """
      select %s,
        coalesce((
          select min(l.read_seq) from (%s) l where l.party <> i.author) >= i.seq, false) as read
      from unnest($1::bigint[], $2::bigint[]) t (conversation, seq)
      join lateral (select i.* from item i where i.conversation = t.conversation and i.seq = t.seq offset 0) i on true
      join party p on p.id = i.author
      order by i.conversation, i.rev
      """
          .formatted(ItemSql.SHORT_COLUMNS, ReadStateSql.leastRead("i.conversation"));

  private final Database database;
  private final ChangePublisher publisher;

  DeliveryUpdates(Database database, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  /**
   * What became of a list of updates.
   *
   * @param changed how many deliveries changed
   * @param locked deliveries whose conversations another transaction holds: nothing was done, and
   *     the update has to be sent again
   */
  record Applied(int changed, Set<Long> locked) {
    static final Applied NOTHING = new Applied(0, Set.of());

    Applied and(Applied other) {
      Set<Long> both = new HashSet<>(locked);
      both.addAll(other.locked);
      return new Applied(changed + other.changed, both);
    }
  }

  /** Applies provider callbacks and expiries, without waiting for locked conversations. */
  Future<Applied> apply(List<DeliveryUpdate> updates) {
    return apply(updates, List.of());
  }

  /**
   * The same; an update that cannot be stored fails alone, and is tried again with the next sweep.
   */
  Future<Applied> applySeparately(List<DeliveryUpdate> updates) {
    return apply(updates)
        .recover(
            failure -> {
              if (SqlErrors.toOutage(failure, true) instanceof Outage) {
                return Future.failedFuture(failure);
              }
              if (updates.size() > 1) {
                int half = updates.size() / 2;
                return applySeparately(updates.subList(0, half))
                    .compose(
                        first ->
                            applySeparately(updates.subList(half, updates.size())).map(first::and));
              }
              LOG.atError()
                  .setCause(failure)
                  .addKeyValue("delivery", updates.getFirst().delivery())
                  .log("Delivery cannot be ended");
              return Future.succeededFuture(Applied.NOTHING);
            });
  }

  /** Applies the outcomes of attempts in the same way, and records the attempts. */
  Future<Applied> apply(List<DeliveryUpdate> updates, List<Settlement> settlements) {
    return updates.isEmpty()
        ? Future.succeededFuture(Applied.NOTHING)
        : database
            .transaction(connection -> apply(connection, updates, settlements))
            .map(done -> new Applied(publish(done.getKey()), done.getValue()));
  }

  // the attempts come behind all locks: a claim that counts a lost attempt holds the outbox row
  // while it records it
  private static Future<Map.Entry<Changes, Set<Long>>> apply(
      SqlConnection connection, List<DeliveryUpdate> updates, List<Settlement> settlements) {
    return connection
        .preparedQuery(UPDATE)
        .execute(DeliveryUpdate.parameters(updates))
        .compose(
            rows -> {
              Set<Long> locked = lockedDeliveries(rows);
              return Attempts.record(connection, unlocked(settlements, locked))
                  .compose(recorded -> changes(connection, rows, locked))
                  .map(changes -> Map.entry(changes, locked));
            });
  }

  private static List<Settlement> unlocked(List<Settlement> settlements, Set<Long> locked) {
    return settlements.stream().filter(each -> !locked.contains(each.delivery())).toList();
  }

  private static Set<Long> lockedDeliveries(RowSet<Row> rows) {
    Set<Long> locked = new HashSet<>();
    rows.forEach(
        row -> {
          if (row.getBoolean("locked")) {
            locked.add(row.getLong("delivery"));
          }
        });
    return locked;
  }

  /** Queues deliveries that have ended again, without waiting for locked conversations. */
  Future<Applied> redriveFree(List<Long> deliveries) {
    return database
        .transaction(
            connection ->
                connection
                    .preparedQuery(REDRIVE_FREE)
                    .execute(ids(deliveries))
                    .compose(
                        rows -> {
                          Set<Long> locked = lockedDeliveries(rows);
                          return changes(connection, rows, locked)
                              .map(changes -> Map.entry(changes, locked));
                        }))
        .map(done -> new Applied(publishQueued(done.getKey()), done.getValue()));
  }

  /** How many deliveries were queued again, and what was read of them in the same transaction. */
  record RedrivenWith<T>(int count, T read) {}

  /**
   * Queues one delivery that has ended again, and waits for its conversation; {@code read} runs in
   * the transaction, so that nothing is left to read after it.
   */
  <T> Future<RedrivenWith<T>> redrive(long delivery, Function<SqlConnection, Future<T>> read) {
    return database
        .transaction(
            connection ->
                connection
                    .preparedQuery(REDRIVE)
                    .execute(ids(List.of(delivery)))
                    .compose(rows -> changes(connection, rows, Set.of()))
                    .compose(
                        changes -> read.apply(connection).map(found -> Map.entry(changes, found))))
        .map(done -> new RedrivenWith<>(publishQueued(done.getKey()), done.getValue()));
  }

  private static Tuple ids(List<Long> deliveries) {
    return Tuple.tuple().addArrayOfLong(deliveries.toArray(Long[]::new));
  }

  private int publishQueued(Changes changes) {
    int count = publish(changes);
    if (count > 0) {
      publisher.deliveriesDue(List.of(Channel.SMS, Channel.EMAIL));
    }
    return count;
  }

  private int publish(Changes changes) {
    changes.events().forEach(publisher::changed);
    return changes.count();
  }

  private record Changes(int count, List<TimelineChanged> events) {}

  private record ItemKey(long conversation, long seq) {}

  private static Future<Changes> changes(
      SqlConnection connection, RowSet<Row> rows, Set<Long> locked) {
    int count = rows.size() - locked.size();
    Set<ItemKey> keys = new LinkedHashSet<>();
    rows.forEach(
        row -> {
          if (!locked.contains(row.getLong("delivery"))) {
            keys.add(new ItemKey(row.getLong("conversation"), row.getLong("seq")));
          }
        });
    if (keys.isEmpty()) {
      return Future.succeededFuture(new Changes(count, List.of()));
    }
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfLong(keys.stream().map(ItemKey::conversation).toArray(Long[]::new))
            .addArrayOfLong(keys.stream().map(ItemKey::seq).toArray(Long[]::new));
    return connection
        .preparedQuery(ITEMS)
        .execute(parameters)
        .map(
            items -> {
              List<TimelineChanged> events = new ArrayList<>(items.size());
              items.forEach(row -> events.add(ConversationEvents.itemUpdated(ItemRows.item(row))));
              return new Changes(count, events);
            });
  }
}
