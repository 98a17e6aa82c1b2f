package io.parley.store.timeline;

import io.parley.conversation.ConversationEvents;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.function.Function;

/**
 * One change of one item, in a transaction that holds the conversation's lock: the item is read as
 * it is under the lock, the change is decided and written under the next rev, and the result is
 * read back before anybody else can change it. So the event of each rev shows the item as it was at
 * that rev.
 */
final class ItemChange {
  // by the primary keys of conversation, item, party and member
  private static final String FIND =
      ReadStateSql.LEAST_READ
          + """
          select %s, %s, greatest(c.active_at, date_trunc('milliseconds', clock_timestamp())) as now,
            %s as visible, coalesce(c.owner = $3, false) as owned
          from item i join party p on p.id = i.author join conversation c on c.id = i.conversation
          where i.conversation = $1 and i.seq = $2
          """
              .formatted(
                  ItemSql.COLUMNS,
                  ReadStateSql.IS_READ,
                  Visibility.visibleTo("i.conversation", "$3"));

  // by the primary keys of conversation, change and item
  private static final String WRITE =
      """
      with b as (
        update conversation set rev = rev + 1 where id = $1 returning rev
      ), n as (
        insert into change (conversation, kind, subject, rev, at) select $1::bigint, 'item', $2::bigint, b.rev, $3::timestamptz from b
        on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
      )%s
      update item i set rev = b.rev, updated_at = $3%s
      from b where i.conversation = $1 and i.seq = $2
      """;

  private final SqlConnection connection;
  private final long caller;
  private final boolean visible;
  private final boolean owner;
  private final Instant now;
  private Item item;
  private boolean written;

  private ItemChange(SqlConnection connection, long caller, Row row) {
    this.connection = connection;
    this.caller = caller;
    this.visible = row.getBoolean("visible");
    this.owner = row.getBoolean("owned");
    this.now = SqlTime.instant(row, "now");
    this.item = ItemRows.item(row);
  }

  /**
   * Runs {@code decide} under the lock. It calls {@link #write} once at most, or throws a {@link
   * RefusedTransaction}.
   */
  static Future<Result<Item>> run(
      Database database,
      ChangePublisher publisher,
      long conversation,
      long caller,
      long seq,
      Function<ItemChange, Future<Void>> decide) {
    return database
        .transaction(
            connection ->
                LockedConversation.lock(connection, conversation)
                    .compose(locked -> find(connection, conversation, caller, seq))
                    .compose(change -> decide.apply(change).map(change)))
        .map(change -> change.publish(publisher))
        .recover(RefusedTransaction::recover);
  }

  private static Future<ItemChange> find(
      SqlConnection connection, long conversation, long caller, long seq) {
    return row(connection, conversation, caller, seq)
        .map(row -> new ItemChange(connection, caller, row));
  }

  private static Future<Row> row(
      SqlConnection connection, long conversation, long caller, long seq) {
    return connection
        .preparedQuery(FIND)
        .execute(Tuple.of(conversation, seq, caller))
        .map(
            rows -> {
              if (rows.size() == 0) {
                throw new RefusedTransaction(Refusal.NOT_THERE);
              }
              return rows.iterator().next();
            });
  }

  private Result<Item> publish(ChangePublisher publisher) {
    if (written) {
      publisher.changed(ConversationEvents.itemUpdated(item));
    }
    return Result.done(item);
  }

  Item item() {
    return item;
  }

  long caller() {
    return caller;
  }

  /** Whether the caller may see the conversation. */
  boolean isVisible() {
    return visible;
  }

  /** Whether the caller owns the group. */
  boolean isOwner() {
    return owner;
  }

  Instant now() {
    return now;
  }

  void refuseUnlessVisible() {
    if (!visible) {
      throw new RefusedTransaction(Refusal.NOT_THERE);
    }
  }

  /** Runs a query for one row. $1 and $2 are the item's key, {@code parameters} are $3 and on. */
  Future<Row> query(String sql, Object... parameters) {
    return connection
        .preparedQuery(sql)
        .execute(append(Tuple.of(item.conversation(), item.seq()), parameters))
        .map(rows -> rows.iterator().next());
  }

  /**
   * Writes the change under the next rev. $1 and $2 are the item's key, $3 is the time, {@code
   * parameters} are $4 and on.
   *
   * @param clauses additional clauses of the {@code with}, each after a comma
   * @param columns additional assignments to the item's columns, each after a comma
   */
  Future<Void> write(String clauses, String columns, Object... parameters) {
    Tuple key = Tuple.of(item.conversation(), item.seq()).addValue(SqlTime.utc(now));
    return connection
        .preparedQuery(WRITE.formatted(clauses, columns))
        .execute(append(key, parameters))
        .compose(done -> row(connection, item.conversation(), caller, item.seq()))
        .map(
            row -> {
              item = ItemRows.item(row);
              written = true;
              return null;
            });
  }

  private static Tuple append(Tuple tuple, Object... values) {
    for (Object value : values) {
      tuple.addValue(value);
    }
    return tuple;
  }
}
