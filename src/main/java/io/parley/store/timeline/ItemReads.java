package io.parley.store.timeline;

import io.parley.flow.Outage;
import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.FindItem;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.Items;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Reads items: in pages, singly, and again for requests that are repeated. */
public final class ItemReads {
  /** The least read members, and the conversation if the caller $2 may see it. By primary keys. */
  private static final String VISIBLE =
      ReadStateSql.LEAST_READ
          + """
          , a as (
            select c.id, c.messages from conversation c
            where c.id = $1 and %s
          )
          """
              .formatted(Visibility.visibleTo("c.id", "$2"));

  // the items themselves by the index that PageSql names
  private static final String PAGE =
      VISIBLE
          + """
          select a.messages, %s, %s
          from a left join (%s) i on true
          left join party p on p.id = i.author
          order by i.seq %s
          """;

  // by the primary key of item
  private static final String ONE =
      ReadStateSql.LEAST_READ
          + """
          select %s, %s from item i join party p on p.id = i.author
          where i.conversation = $1 and i.seq = $2 and (
            %s or ($4 and i.type = 'transfer'))
          """
              .formatted(
                  ItemSql.COLUMNS,
                  ReadStateSql.IS_READ,
                  Visibility.visibleTo("i.conversation", "$3"));

  // by the primary key of item
  private static final String ONE_FOR_ANYBODY =
      ReadStateSql.LEAST_READ
          + "select %s, %s from item i join party p on p.id = i.author where i.conversation = $1 and i.seq = $2"
              .formatted(ItemSql.COLUMNS, ReadStateSql.IS_READ);

  private final Database database;

  ItemReads(Database database) {
    this.database = database;
  }

  /**
   * A page of items. Adding up their sizes would make every page dearer by a third, so that happens
   * only in a second query, when the first one met an item of unusual length.
   */
  Future<Result<Items>> find(FindItems question) {
    PageSql page = PageSql.of(question);
    return find(question, page, ItemSql.ORDINARY_COLUMNS, page.items())
        .compose(
            found ->
                found instanceof Result.Done<Items> done && done.value().isCut()
                    ? find(question, page, ItemSql.columnsWhere("i.fits"), page.itemsWithFits())
                    : Future.succeededFuture(found));
  }

  private Future<Result<Items>> find(
      FindItems question, PageSql page, String columns, String items) {
    String order = question.ascending() ? "asc" : "desc";
    String sql = PAGE.formatted(columns, ReadStateSql.IS_READ, items, order);
    return database.read(sql, page.parameters()).map(rows -> page(rows, question.limit()));
  }

  private static Result<Items> page(RowSet<Row> rows, int limit) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    List<Item> items = new ArrayList<>(rows.size());
    long messages = 0;
    for (Row row : rows) {
      messages = row.getLong("messages");
      if (row.getLong("seq") != null) {
        items.add(ItemRows.item(row));
      }
    }
    boolean more = items.size() > limit;
    return Result.done(
        new Items(more ? List.copyOf(items.subList(0, limit)) : items, more, messages));
  }

  Future<Result<Item>> find(FindItem question) {
    Tuple parameters =
        Tuple.of(question.conversation(), question.seq(), question.caller(), question.settler());
    return database
        .read(ONE, parameters)
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(ItemRows.item(rows.iterator().next())));
  }

  /** The answer to a repeated request: the item it stored, if the caller may still see it. */
  Future<Result<Appended>> replay(long conversation, long caller, long seq) {
    return find(new FindItem(conversation, caller, seq))
        .map(
            found ->
                switch (found) {
                  case Result.Done<Item> done -> replayed(done.value());
                  case Result.Refused<Item> refused -> Result.<Appended>refused(refused.reason());
                })
        .recover(ItemReads::storedButUnread);
  }

  /** The answer to a repeated external message, regardless of who is a member now. */
  public Future<Result<Appended>> replay(long conversation, long seq) {
    return stored(conversation, seq).map(ItemReads::replayed);
  }

  /** An item that is known to be stored, as it is now. */
  Future<Item> stored(long conversation, long seq) {
    return database
        .read(ONE_FOR_ANYBODY, Tuple.of(conversation, seq))
        .map(rows -> ItemRows.item(rows.iterator().next()))
        .recover(ItemReads::storedButUnread);
  }

  // "unavailable" would mean that nothing was done
  private static <T> Future<T> storedButUnread(Throwable failure) {
    return Future.failedFuture(
        failure instanceof Outage
            ? Outage.outcomeUnknown("the item is stored, but could not be read", failure)
            : failure);
  }

  private static Result<Appended> replayed(Item item) {
    return Result.done(Appended.replayed(item.conversation(), item.seq(), JsonBytes.of(item)));
  }
}
