package io.parley.store.timeline;

import io.parley.conversation.ConversationEvents;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One change of one item: the conversation is locked, the item read as it is then, the change
 * decided and written under the next rev, and what was written is read back before others can
 * change it again. So every rev is told by the one who made it.
 */
final class ItemChange {
  private static final String FIND =
      Items.LOW
          + """
          select %s, %s, greatest(c.active_at, date_trunc('milliseconds', clock_timestamp())) as now,
            %s as member
          from item i join party p on p.id = i.author join conversation c on c.id = i.conversation
          where i.conversation = $1 and i.seq = $2
          """
              .formatted(TimelineRows.ITEM, Items.READ, TimelineRows.seen("i.conversation", "$3"));

  private final SqlConnection connection;
  private final long caller;
  private final boolean member;
  private final Instant now;
  private Item item;
  private boolean written;

  private ItemChange(SqlConnection connection, long caller, Row row) {
    this.connection = connection;
    this.caller = caller;
    this.member = row.getBoolean("member");
    this.now = TimelineRows.instant(row, "now");
    this.item = TimelineRows.item(row);
  }

  /** Runs {@code decide} under the lock; it writes at most once, or ends the transaction. */
  static Future<Result<Item>> run(
      Database database,
      Consumer<TimelineChanged> news,
      long conversation,
      long caller,
      long seq,
      Function<ItemChange, Future<Void>> decide) {
    return database
        .transaction(
            connection ->
                LockedConversation.conversation(connection, conversation)
                    .compose(locked -> find(connection, conversation, caller, seq))
                    .compose(change -> decide.apply(change).map(change)))
        .map(change -> change.told(news))
        .recover(RefusedTransaction::refused);
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

  private Result<Item> told(Consumer<TimelineChanged> news) {
    if (written) {
      news.accept(ConversationEvents.itemUpdated(item));
    }
    return Result.done(item);
  }

  public Item item() {
    return item;
  }

  public long caller() {
    return caller;
  }

  boolean member() {
    return member;
  }

  Instant now() {
    return now;
  }

  /** To anybody else nothing is there. */
  void isForMembers() {
    if (!member) {
      throw new RefusedTransaction(Refusal.NOT_THERE);
    }
  }

  /** A question about the item, $1 and $2. */
  Future<Row> ask(String sql, Object... parameters) {
    return connection
        .preparedQuery(sql)
        .execute(parameters(Tuple.of(item.conversation(), item.seq()), parameters))
        .map(rows -> rows.iterator().next());
  }

  /**
   * Writes the change under the next rev. $1 and $2 are the item, $3 is the time, {@code
   * parameters} are $4 and on.
   *
   * @param clauses more of the {@code with}, each after a comma
   * @param columns more of the item, each after a comma
   */
  public Future<Void> write(String clauses, String columns, Object... parameters) {
    String sql =
        """
        with b as (
          update conversation set rev = rev + 1 where id = $1 returning rev
        ), n as (
          insert into change (conversation, kind, subject, rev, at) select $1::bigint, 'item', $2::bigint, b.rev, $3::timestamptz from b
          on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
        )%s
        update item i set rev = b.rev, updated_at = $3%s
        from b where i.conversation = $1 and i.seq = $2
        """
            .formatted(clauses, columns);
    Tuple known = Tuple.of(item.conversation(), item.seq()).addValue(now.atOffset(ZoneOffset.UTC));
    return connection
        .preparedQuery(sql)
        .execute(parameters(known, parameters))
        .compose(done -> row(connection, item.conversation(), caller, item.seq()))
        .map(
            row -> {
              item = TimelineRows.item(row);
              written = true;
              return null;
            });
  }

  private static Tuple parameters(Tuple known, Object... more) {
    for (Object parameter : more) {
      known.addValue(parameter);
    }
    return known;
  }
}
