package io.parley.store.insight;

import io.parley.insight.Cover.Stretch;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.ReadStateSql;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Statements over the tallies, and over the messages that are not tallied yet. Everything before
 * {@code job_progress.complete_until} is tallied, so only later items have to be looked at; if the
 * background job is far behind that time, all conversations are compared instead.
 */
final class TallySql {
  /**
   * How far the tallies have come: the oldest hour that is kept, and the time before which every
   * message is tallied, null if it is long ago or not known.
   */
  static final String PROGRESS =
      """
      select h.since,
        case when p.complete_until between clock_timestamp() - interval '10 minutes' and clock_timestamp()
          then p.complete_until end as complete_until
      from tally_hours h, job_progress p where p.job = 'tally'
      """;

  private static final String BY_USER =
      "(select p.kind in %s from party p where p.id = i.author)"
          .formatted(ReadStateSql.READER_KINDS);

  // $1 to $3 are the runs of blocks, $4 to $10 what they do not cover, $11 and $12 limit and offset
  private static final String RANKED =
      """
      with added as (
        select s.subject, sum(s.n)::bigint as n
        from (%s) s (subject, n)
        group by 1
      ), best as (
        select r.subject, r.messages
        from (select array_agg(a.subject) as subjects, array_agg(a.n) as counts from added a) a
        cross join lateral rank_tallies('%s', $1::smallint[], $2::integer[], $3::integer[], a.subjects, a.counts,
          $11::bigint + $12::bigint) r
        order by r.messages desc, r.subject limit $11 offset $12
      )
      """;

  private static final String USERS =
      """
      select b.subject as id, p.name, b.messages from best b join party p on p.id = b.subject
      order by b.messages desc, b.subject
      """;

  // $13 is the caller, who sees the names of groups, and of conversations to which they have access
  private static final String CONVERSATIONS =
      """
      select b.subject as id, b.messages,
        case
          when c.kind = 'group' then c.name
          when (select true from member m where m.conversation = c.id and m.party = $13)
            or (select y.role <> 'user' from account y where y.id = $13)
          then coalesce((
            select string_agg(m.name, ', ' order by m.joined_at, m.id) from (
              select p.name, p.id, m.joined_at from member m join party p on p.id = m.party
              where m.conversation = c.id order by m.joined_at, p.id limit 10) m
          ), '')
        end as name
      from best b join conversation c on c.id = b.subject
      order by b.messages desc, b.subject
      """;

  private TallySql() {}

  /** The users with the most messages. */
  static String users(TallyProgress progress) {
    return RANKED.formatted(uncovered("i.author", progress), "u") + USERS;
  }

  /** The conversations with the most messages. */
  static String conversations(TallyProgress progress) {
    return RANKED.formatted(uncovered("i.conversation", progress), "c") + CONVERSATIONS;
  }

  /**
   * The messages of users, by {@code subject}, that blocks do not cover: at the edges of the range,
   * $4 to $7, and between them, $8 and $9, those that are not tallied yet. $10 is the time before
   * which everything is tallied.
   */
  static String uncovered(String subject, TallyProgress progress) {
    return String.join(
        "union all",
        counted(subject, "$4", "$5"),
        counted(subject, "$6", "$7"),
        progress.isCaughtUp() ? sinceCompletion(subject) : ofAllConversations(subject));
  }

  /** Adds $4 to $10. */
  static void addUncovered(
      Tuple parameters, Stretch first, Stretch last, Stretch inside, TallyProgress progress) {
    for (Stretch stretch : List.of(first, last, inside)) {
      parameters
          .addOffsetDateTime(SqlTime.utc(stretch.start()))
          .addOffsetDateTime(SqlTime.utc(stretch.end()));
    }
    parameters.addOffsetDateTime(progress.completeUntil().orElse(null));
  }

  // by item_newest, or by item_created if the stretch is long
  private static String counted(String subject, String start, String end) {
    return """

    select %1$s, count(*) from item i
    where %2$s::timestamptz < %3$s::timestamptz
      and i.created_at >= %2$s and i.created_at < %3$s and i.message_no is not null and %4$s
    group by 1
    """
        .formatted(subject, start, end, BY_USER);
  }

  // by item_newest
  private static String sinceCompletion(String subject) {
    return """

    select %s, count(*) from item i
    where greatest($8::timestamptz, $10::timestamptz) < $9::timestamptz
      and i.created_at >= greatest($8, $10) and i.created_at < $9 and i.message_no is not null
      and i.message_no > coalesce((select t.message_no from tallied t where t.conversation = i.conversation), 0)
      and %s
    group by 1
    """
        .formatted(subject, BY_USER);
  }

  // by the primary key of tallied, in the order of conversations, and by item_message
  private static String ofAllConversations(String subject) {
    return """

    select %s, count(*)
    from conversation c left join tallied d on d.conversation = c.id
    cross join lateral (
      select i.* from item i
      where i.conversation = c.id and i.message_no > coalesce(d.message_no, 0) offset 0
    ) i
    where c.messages > coalesce(d.message_no, 0) and i.created_at >= $8 and i.created_at < $9
      and $10::timestamptz is null and %s
    group by 1
    """
        .formatted(subject, BY_USER);
  }
}
