package io.parley.store.timeline;

import io.parley.json.JsonBytes;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs;
import io.parley.timeline.TimelineVerbs.Appended;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.parley.timeline.TimelineVerbs.FindItem;
import io.parley.timeline.TimelineVerbs.FindItems;
import io.parley.timeline.TimelineVerbs.MarkRead;
import io.parley.timeline.TimelineVerbs.Marked;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The items of conversations: read in pages, read singly, changed. Appending is the {@link
 * Appender}'s.
 */
public final class Items {
  // of the files of an item $1, $2: those that no other of the conversation holds it holds no more
  private static final String LET_GO =
      """
      , r as (
        delete from reaction where conversation = $1 and seq = $2
      ), f as (
        select distinct (a ->> 'id')::uuid as file
        from item x cross join lateral jsonb_array_elements(x.payload -> 'attachments') a
        where x.conversation = $1 and x.seq = $2 and a ? 'id'
      ), fewer as (
        update file_use u set items = u.items - 1 from f where u.conversation = $1 and u.file = f.file and u.items > 1
      ), none as (
        delete from file_use u using f where u.conversation = $1 and u.file = f.file and u.items = 1 returning u.file
      ), free as (
        update file set let_go_at = clock_timestamp() from none where file.id = none.file
      )\
      """;

  /** The two members who have read least. */
  static final String LOW =
      """
      with low as materialized (
        select m.party, m.read_seq from member m join party p on p.id = m.party
        where m.conversation = $1 and p.kind in %s order by m.read_seq, m.party limit 2
      )
      """
          .formatted(TimelineRows.READERS);

  /** The same, and the conversation if the caller may see it. */
  private static final String ALLOWED =
      LOW
          + """
          , a as (
            select c.id, c.messages from conversation c
            where c.id = $1 and %s
          )
          """
              .formatted(TimelineRows.seen("c.id", "$2"));

  // of the two who have read least, the author does not count
  static final String READ =
      "coalesce((select min(l.read_seq) from low l where l.party <> i.author) >= i.seq, false) as read";

  private final Database database;
  private final Consumer<TimelineChanged> news;

  public Items(Database database, Consumer<TimelineChanged> news) {
    this.database = database;
    this.news = news;
  }

  // to add up how long its items are makes a page dearer by a third, so only where one is long
  public Future<Result<TimelineVerbs.Items>> find(FindItems question) {
    PageSql page = PageSql.of(question);
    return find(question, page, TimelineRows.ORDINARY_ITEM, page.items())
        .compose(
            found ->
                found instanceof Result.Done<TimelineVerbs.Items> done && done.value().isCut()
                    ? find(question, page, TimelineRows.itemWhere("i.fits"), page.weighed())
                    : Future.succeededFuture(found));
  }

  private Future<Result<TimelineVerbs.Items>> find(
      FindItems question, PageSql page, String columns, String items) {
    String sql =
        ALLOWED
            + """
            select a.messages, %s, %s
            from a left join (%s) i on true
            left join party p on p.id = i.author
            order by i.seq %s
            """
                .formatted(columns, READ, items, question.ascending() ? "asc" : "desc");
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
        items.add(TimelineRows.item(row));
      }
    }
    boolean more = items.size() > limit;
    List<Item> told = more ? List.copyOf(items.subList(0, limit)) : items;
    return Result.done(new TimelineVerbs.Items(told, more, messages));
  }

  public Future<Result<Item>> find(FindItem question) {
    String sql =
        LOW
            + """
            select %s, %s from item i join party p on p.id = i.author
            where i.conversation = $1 and i.seq = $2 and (
              %s or ($4 and i.type = 'transfer'))
            """
                .formatted(TimelineRows.ITEM, READ, TimelineRows.seen("i.conversation", "$3"));
    return database
        .read(
            sql,
            Tuple.of(
                question.conversation(), question.seq(), question.caller(), question.settler()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(TimelineRows.item(rows.iterator().next())));
  }

  /** An item that came in before, whoever is a member now. */
  public Future<Result<Appended>> asItIs(long conversation, long seq) {
    String sql =
        LOW
            + "select %s, %s from item i join party p on p.id = i.author where i.conversation = $1 and i.seq = $2"
                .formatted(TimelineRows.ITEM, READ);
    return database
        .read(sql, Tuple.of(conversation, seq))
        .map(
            rows ->
                Result.done(
                    new Appended(
                        conversation,
                        seq,
                        JsonBytes.of(TimelineRows.item(rows.iterator().next())),
                        true)));
  }

  /** An item that a repeated request has stored before. */
  public Future<Result<Appended>> asItIs(long conversation, long caller, long seq) {
    return find(new FindItem(conversation, caller, seq))
        .map(
            found ->
                switch (found) {
                  case Result.Done<Item> done ->
                      Result.done(
                          new Appended(conversation, seq, JsonBytes.of(done.value()), true));
                  case Result.Refused<Item> refused -> Result.refused(refused.reason());
                });
  }

  /** Remembers how far an agent has read where nobody waits to know; others are not there. */
  Future<Result<Marked>> markAside(MarkRead mark) {
    String sql =
        """
        insert into reading as r (conversation, party, read_seq)
        select c.id, $2, least($3, c.last_seq) from conversation c where c.id = $1 and c.kind = 'external' and %s
        on conflict (conversation, party) do update set read_seq = greatest(r.read_seq, excluded.read_seq)
        returning read_seq
        """
            .formatted(TimelineRows.seen("c.id", "$2"));
    return database
        .write(sql, Tuple.of(mark.conversation(), mark.party().id(), mark.seq()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(new Marked(rows.iterator().next().getLong("read_seq"))));
  }

  /** How far everybody has read, where there is more than one to count. */
  Future<Map<Long, Long>> readByAll(Collection<Long> conversations) {
    String sql =
        """
        select m.conversation, min(m.read_seq) as seq from member m join party p on p.id = m.party
        where m.conversation = any ($1) and p.kind in %s group by m.conversation having count(*) > 1
        """
            .formatted(TimelineRows.READERS);
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
  public Future<Result<Item>> change(ChangeItem wanted) {
    return ItemChange.run(
        database,
        news,
        wanted.conversation(),
        wanted.caller(),
        wanted.seq(),
        change -> changed(change, wanted.body()));
  }

  private static Future<Void> changed(ItemChange change, Optional<String> body) {
    change.isForMembers();
    Item item = change.item();
    // agents see external conversations together, and only they do: what one sent any may change
    boolean sentByAgents = item.routing().direction().equals("outbound");
    if (item.author().id() != change.caller() && !sentByAgents) {
      throw new RefusedTransaction(Refusal.NOT_THE_AUTHOR);
    }
    return body.isPresent() ? edited(change, item, body.get()) : deleted(change, item);
  }

  private static Future<Void> edited(ItemChange change, Item item, String body) {
    if (item.deleted()) {
      throw new RefusedTransaction(Refusal.DELETED);
    }
    if (!item.content().orElseThrow().isEditable()) {
      throw new RefusedTransaction(Refusal.NOT_EDITABLE);
    }
    if (!item.routing().deliveries().isEmpty()) {
      throw new RefusedTransaction(Refusal.ALREADY_SENT);
    }
    return item.body().equals(Optional.of(body))
        ? Future.succeededFuture()
        : change.write("", ", body = $4", body);
  }

  private static Future<Void> deleted(ItemChange change, Item item) {
    if (item.deleted()) {
      return Future.succeededFuture();
    }
    if (!item.content().orElseThrow().isDeletable()) {
      throw new RefusedTransaction(Refusal.NOT_DELETABLE);
    }
    return change.write(LET_GO, ", deleted = true, body = null, payload = null, reactions = null");
  }
}
