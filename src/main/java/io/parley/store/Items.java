package io.parley.store;

import io.parley.conversation.Events;
import io.parley.json.JsonBytes;
import io.parley.timeline.Item;
import io.parley.timeline.ItemType;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.parley.timeline.TimelineVerbs.FindItem;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The items of conversations: read in pages, read singly, changed. Appending is the {@link
 * Appender}'s.
 */
final class Items {
  /** The conversation if the caller may see it, and the two members who have read least. */
  private static final String ALLOWED =
      """
      with a as (
        select c.id, c.messages from conversation c
        where c.id = $1 and exists (select from member m where m.conversation = c.id and m.party = $2)
      ), low as materialized (
        select m.party, m.read_seq from member m join party p on p.id = m.party
        where m.conversation = $1 and p.kind in %s order by m.read_seq, m.party limit 2
      )
      """
          .formatted(Rows.READERS);

  // of the two who have read least, the author does not count
  private static final String READ =
      "coalesce((select min(l.read_seq) from low l where l.party <> i.author) >= i.seq, false) as read";

  private final Database database;
  private final Consumer<TimelineChanged> news;

  Items(Database database, Consumer<TimelineChanged> news) {
    this.database = database;
    this.news = news;
  }

  Future<Result<TimelineVerbs.Items>> find(FindItems question) {
    PageSql page = PageSql.of(question);
    String sql =
        ALLOWED
            + """
            select a.messages, %s, %s
            from a left join (select i.* from item i where i.conversation = $1 %s) i on true
            left join party p on p.id = i.author
            order by i.seq %s
            """
                .formatted(
                    Rows.ITEM, READ, page.conditions(), question.ascending() ? "asc" : "desc");
    return database.read(sql, page.parameters()).map(rows -> page(rows, question.limit()));
  }

  private static Result<TimelineVerbs.Items> page(RowSet<Row> rows, int limit) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    List<Item> items = new ArrayList<>(rows.size());
    long messages = 0;
    for (Row row : rows) {
      messages = row.getLong("messages");
      if (row.getLong("seq") != null) {
        items.add(Rows.item(row));
      }
    }
    boolean more = items.size() > limit;
    List<Item> told = more ? List.copyOf(items.subList(0, limit)) : items;
    return Result.done(new TimelineVerbs.Items(told, more, messages));
  }

  Future<Result<Item>> find(FindItem question) {
    String sql =
        ALLOWED
            + """
            select %s, %s from a join item i on i.conversation = a.id and i.seq = $3 join party p on p.id = i.author
            """
                .formatted(Rows.ITEM, READ);
    return database
        .read(sql, Tuple.of(question.conversation(), question.caller(), question.seq()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(Rows.item(rows.iterator().next())));
  }

  /** An item that a repeated request has stored before. */
  Future<Result<Appended>> asItIs(long conversation, long caller, long seq) {
    return find(new FindItem(conversation, caller, seq))
        .map(
            found ->
                switch (found) {
                  case Result.Done<Item> done ->
                      Result.done(new Appended(JsonBytes.of(done.value()), true));
                  case Result.Refused<Item> refused -> Result.refused(refused.reason());
                });
  }

  /** How far everybody has read, where there is more than one to count. */
  Future<Map<Long, Long>> readByAll(Collection<Long> conversations) {
    String sql =
        """
        select m.conversation, min(m.read_seq) as seq from member m join party p on p.id = m.party
        where m.conversation = any ($1) and p.kind in %s group by m.conversation having count(*) > 1
        """
            .formatted(Rows.READERS);
    return database
        .read(sql, Tuple.tuple().addArrayOfLong(conversations.toArray(Long[]::new)))
        .map(
            rows -> {
              Map<Long, Long> read = new HashMap<>();
              rows.forEach(row -> read.put(row.getLong("conversation"), row.getLong("seq")));
              return read;
            });
  }

  /** Edits the text of an item, or deletes what it says; the author's to do. */
  Future<Result<Item>> change(ChangeItem wanted) {
    return database
        .transaction(connection -> changed(connection, wanted))
        .compose(
            verdict ->
                switch (verdict) {
                  case Result.Done<Boolean> done -> told(wanted, done.value());
                  case Result.Refused<Boolean> refused ->
                      Future.succeededFuture(Result.refused(refused.reason()));
                });
  }

  private Future<Result<Item>> told(ChangeItem wanted, boolean changed) {
    return find(new FindItem(wanted.conversation(), wanted.caller(), wanted.seq()))
        .onSuccess(
            found -> {
              if (changed && found instanceof Result.Done<Item> item) {
                news.accept(Events.itemUpdated(item.value()));
              }
            });
  }

  private static Future<Result<Boolean>> changed(SqlConnection connection, ChangeItem wanted) {
    String sql =
        """
        select i.author, i.type, i.body, i.deleted from item i
        where i.conversation = $1 and i.seq = $3
          and exists (select from member m where m.conversation = i.conversation and m.party = $2)
        """;
    return Locked.conversation(connection, wanted.conversation())
        .compose(
            locked ->
                connection
                    .preparedQuery(sql)
                    .execute(Tuple.of(wanted.conversation(), wanted.caller(), wanted.seq())))
        .compose(
            rows ->
                rows.size() == 0
                    ? refused(Refusal.NOT_THERE)
                    : decided(connection, wanted, rows.iterator().next()));
  }

  private static Future<Result<Boolean>> decided(
      SqlConnection connection, ChangeItem wanted, Row item) {
    boolean deletes = wanted.body().isEmpty();
    boolean deleted = item.getBoolean("deleted");
    if (item.getLong("author") != wanted.caller()) {
      return refused(Refusal.NOT_THE_AUTHOR);
    }
    if (!deletes && deleted) {
      return refused(Refusal.DELETED);
    }
    if (!deletes && !ItemType.MESSAGE.text().equals(item.getString("type"))) {
      return refused(Refusal.NOT_EDITABLE);
    }
    boolean same = deletes ? deleted : wanted.body().get().equals(item.getString("body"));
    return same ? Future.succeededFuture(Result.done(false)) : write(connection, wanted);
  }

  private static Future<Result<Boolean>> write(SqlConnection connection, ChangeItem wanted) {
    String sql =
        """
        with b as (
          update conversation set rev = rev + 1 where id = $1
          returning rev, greatest(active_at, date_trunc('milliseconds', clock_timestamp())) as now
        ), n as (
          insert into change (conversation, kind, subject, rev, at) select $1, 'item', $2, b.rev, b.now from b
          on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
        )
        update item i set rev = b.rev, updated_at = b.now, body = $3::text, deleted = $3::text is null,
          payload = case when $3::text is null then null else i.payload end
        from b where i.conversation = $1 and i.seq = $2
        """;
    return connection
        .preparedQuery(sql)
        .execute(Tuple.of(wanted.conversation(), wanted.seq(), wanted.body().orElse(null)))
        .map(done -> Result.done(true));
  }

  private static Future<Result<Boolean>> refused(Refusal reason) {
    return Future.succeededFuture(Result.refused(reason));
  }
}
