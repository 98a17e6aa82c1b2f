package io.parley.store.insight;

import io.parley.insight.InsightVerbs.Found;
import io.parley.insight.InsightVerbs.Position;
import io.parley.insight.InsightVerbs.SearchItems;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.ItemRows;
import io.parley.store.timeline.ItemSql;
import io.parley.store.timeline.ReadStateSql;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Full-text search over items. The index only proposes candidates: the same statement checks in the
 * tables who may see an item, whether it still exists, and what it says now.
 */
final class ItemSearch {
  // for callers in more conversations than this, the index is searched for the words alone
  private static final int MAX_INDEXED_CONVERSATIONS = 200;

  // by item_text_words, as a heavy read

  private static final String SQL =
      """
      with mine as materialized (
        select m.conversation from member m
        where m.party = $1 and ($2::bigint is null or m.conversation = $2)
        union
        select e.conversation from external e
        where ($2::bigint is null or e.conversation = $2) and exists (select from account y where y.id = $1 and y.role <> 'user')
      ), asked as materialized (
        select q.words, case when p.places is null then q.words else q.words && p.places end as all_words
        from (select search_query($3) as words) q
        cross join (
          select case when count(*) <= %d
            then string_agg('''' || chr(1) || conversation || '''', ' | ')::tsquery end as places
          from mine
        ) p
      ), hits as materialized (
        select t.conversation, t.seq, t.rev, t.created_at
        from asked a join item_text t on t.words @@ a.all_words
        where exists (select from mine m where m.conversation = t.conversation)
          and ($4::timestamptz is null or (t.created_at, t.conversation, t.seq) < ($4, $5::bigint, $6::bigint))
        order by t.created_at desc, t.conversation desc, t.seq desc limit $7
      ), low as materialized (
        select c.conversation, l.party, l.read_seq
        from (select distinct h.conversation from hits h) c cross join lateral (%s) l
      ), present as materialized (
        select i.hit_conversation, i.hit_seq, i.hit_at,
          not i.deleted and (i.rev = i.hit_rev or item_words(i.conversation, i.body, i.payload) @@ a.words) as holds,
          %s,
          coalesce((
            select min(l.read_seq) from low l where l.conversation = i.conversation and l.party <> i.author
          ) >= i.seq, false) as read
        from (
          select i.*, h.conversation as hit_conversation, h.seq as hit_seq, h.rev as hit_rev, h.created_at as hit_at,
            %s as fits
          from hits h join item i on i.conversation = h.conversation and i.seq = h.seq
        ) i cross join asked a join party p on p.id = i.author
      )
      select s.*, p.* from (
        select (select words is not null from asked) as asked, (select count(*) from mine) as places, (
            select coalesce(sum(c.last_seq - coalesce(t.seq, 0)), 0)::bigint
            from mine m join conversation c on c.id = m.conversation left join texted t on t.conversation = c.id
          ) as behind
      ) s
      left join present p on true
      order by p.hit_at desc, p.hit_conversation desc, p.hit_seq desc
      """
          .formatted(
              MAX_INDEXED_CONVERSATIONS,
              ReadStateSql.leastRead("c.conversation"),
              ItemSql.columnsWhere("i.fits"),
              ItemSql.fitsPage("h.created_at desc, h.conversation desc, h.seq desc"));

  private final Database database;

  ItemSearch(Database database) {
    this.database = database;
  }

  Future<Result<Found>> find(SearchItems question) {
    return database
        .snapshot(connection -> connection.preparedQuery(SQL).execute(parameters(question)))
        .map(rows -> found(rows, question));
  }

  private static Tuple parameters(SearchItems question) {
    OffsetDateTime at = question.after().map(after -> SqlTime.utc(after.createdAt())).orElse(null);
    return Tuple.of(
        question.caller(),
        question.conversation().orElse(null),
        question.words(),
        at,
        question.after().map(Position::conversation).orElse(null),
        question.after().map(Position::seq).orElse(null),
        (long) question.limit() + 1);
  }

  private static Result<Found> found(RowSet<Row> rows, SearchItems question) {
    List<Item> items = new ArrayList<>(rows.size());
    Optional<Position> last = Optional.empty();
    Optional<Position> next = Optional.empty();
    int hits = 0;
    for (Row row : rows) {
      if (question.conversation().isPresent() && row.getLong("places") == 0) {
        return Result.refused(Refusal.NOT_THERE);
      }
      if (row.getLong("hit_seq") == null) {
        continue;
      }
      if (hits++ == question.limit() || row.getBoolean("truncated")) {
        next = last;
        break;
      }
      last = Optional.of(position(row));
      if (row.getBoolean("holds")) {
        items.add(ItemRows.item(row));
      }
    }
    Row any = rows.iterator().next();
    return Result.done(new Found(items, next, any.getLong("behind"), any.getBoolean("asked")));
  }

  private static Position position(Row row) {
    return new Position(
        SqlTime.instant(row, "hit_at"), row.getLong("hit_conversation"), row.getLong("hit_seq"));
  }
}
