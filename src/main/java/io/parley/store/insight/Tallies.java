package io.parley.store.insight;

import io.parley.insight.Cover;
import io.parley.insight.Cover.Run;
import io.parley.insight.Cover.Stretch;
import io.parley.insight.InsightVerbs.Rank;
import io.parley.insight.InsightVerbs.Ranking;
import io.parley.insight.InsightVerbs.Top;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.ReadStateSql;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Rankings of users and conversations by their messages. One snapshot adds up what has been
 * tallied, what has not been tallied yet, and the edges that no block covers, so the sum is exact
 * whatever is written or tallied meanwhile.
 */
final class Tallies {
  /** How long hours are kept. The edge of a range in an older day is counted from the items. */
  static final Duration HOURS_KEPT = Duration.ofDays(32);

  private static final Stretch NOTHING = new Stretch(Instant.EPOCH, Instant.EPOCH);

  // %1$s is the kind of subject, %2$s the subject of an item. By the primary key of tally, by
  // item_created and item_message; as a heavy read
  private static final String COUNTED =
      """
      with counted as (
        select t.subject, t.n
        from unnest($1::smallint[], $2::integer[], $3::integer[]) r (level, first, last)
        cross join lateral (
          select t.subject, t.n from tally t
          where t.kind = '%1$s' and t.level = r.level and t.block >= r.first and t.block < r.last
          offset 0
        ) t
        union all
        select %2$s, count(*) from item i join party a on a.id = i.author and a.kind in %3$s
        where i.created_at >= $4 and i.created_at < $5 and i.message_no is not null group by 1
        union all
        select %2$s, count(*) from item i join party a on a.id = i.author and a.kind in %3$s
        where i.created_at >= $6 and i.created_at < $7 and i.message_no is not null group by 1
        union all
        select %2$s, count(*)
        from conversation c left join tallied d on d.conversation = c.id
        cross join lateral (
          select i.* from item i
          where i.conversation = c.id and i.message_no > coalesce(d.message_no, 0) offset 0
        ) i
        join party a on a.id = i.author and a.kind in %3$s
        where c.messages > coalesce(d.message_no, 0) and i.created_at >= $8 and i.created_at < $9
        group by 1
      ), best as (
        select subject, sum(n)::bigint as messages from counted
        group by subject order by 2 desc, 1 limit $10 offset $11
      )
      """;

  private static final String USERS =
      COUNTED.formatted("u", "i.author", ReadStateSql.READER_KINDS)
          + """
          select b.subject as id, p.name, b.messages from best b join party p on p.id = b.subject
          order by b.messages desc, b.subject
          """;

  private static final String CONVERSATIONS =
      COUNTED.formatted("c", "i.conversation", ReadStateSql.READER_KINDS)
          + """
          select b.subject as id, b.messages, coalesce(c.name, (
              select string_agg(m.name, ', ' order by m.joined_at, m.id) from (
                select p.name, p.id, m.joined_at from member m join party p on p.id = m.party
                where m.conversation = c.id order by m.joined_at, p.id limit 10) m
            ), '') as name
          from best b join conversation c on c.id = b.subject
          order by b.messages desc, b.subject
          """;

  private final Database database;

  Tallies(Database database) {
    this.database = database;
  }

  Future<Ranking> users(Top question) {
    return ranked(USERS, question);
  }

  Future<Ranking> conversations(Top question) {
    return ranked(CONVERSATIONS, question);
  }

  private Future<Ranking> ranked(String sql, Top question) {
    return database.snapshot(
        connection ->
            hoursKeptSince(connection)
                .map(since -> parameters(question, Cover.of(question.range(), since)))
                .compose(parameters -> connection.preparedQuery(sql).execute(parameters))
                .map(Tallies::ranking));
  }

  private static Future<Integer> hoursKeptSince(SqlConnection connection) {
    return connection
        .preparedQuery("select since from tally_hours")
        .execute()
        .map(rows -> rows.iterator().next().getInteger("since"));
  }

  private static Tuple parameters(Top question, Cover cover) {
    List<Run> runs = cover.runs();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfShort(runs.stream().map(run -> (short) run.level()).toArray(Short[]::new))
            .addArrayOfInteger(runs.stream().map(Run::first).toArray(Integer[]::new))
            .addArrayOfInteger(runs.stream().map(Run::last).toArray(Integer[]::new));
    add(parameters, cover.edges().isEmpty() ? NOTHING : cover.edges().getFirst());
    add(parameters, cover.edges().size() < 2 ? NOTHING : cover.edges().getLast());
    add(parameters, cover.inside());
    return parameters.addLong((long) question.limit()).addLong(question.offset());
  }

  private static void add(Tuple parameters, Stretch stretch) {
    parameters
        .addOffsetDateTime(SqlTime.utc(stretch.start()))
        .addOffsetDateTime(SqlTime.utc(stretch.end()));
  }

  private static Ranking ranking(RowSet<Row> rows) {
    List<Rank> ranks = new ArrayList<>(rows.size());
    rows.forEach(
        row ->
            ranks.add(new Rank(row.getLong("id"), row.getString("name"), row.getLong("messages"))));
    return new Ranking(ranks);
  }
}
