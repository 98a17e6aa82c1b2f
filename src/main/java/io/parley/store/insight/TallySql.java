package io.parley.store.insight;

import io.parley.store.timeline.ReadStateSql;

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

  // $1 to $3 are the runs of blocks, $4 to $7 the edges, $8 and $9 the time of the blocks, $10 and
  // $11 limit and offset, $12 the time before which everything is tallied
  private static final String RANKED =
      """
      with added as (
        select s.subject, sum(s.n)::bigint as n
        from (%s union all %s union all %s) s (subject, n)
        group by 1
      ), best as (
        select r.subject, r.messages
        from (select array_agg(a.subject) as subjects, array_agg(a.n) as counts from added a) a
        cross join lateral rank_tallies('%s', $1::smallint[], $2::integer[], $3::integer[], a.subjects, a.counts,
          $10::bigint + $11::bigint) r
        order by r.messages desc, r.subject limit $10 offset $11
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

  /**
   * The users with the most messages.
   *
   * @param caughtUp whether it is known before which time everything is tallied
   */
  static String users(boolean caughtUp) {
    return ranked("u", "i.author", caughtUp) + USERS;
  }

  /** The conversations with the most messages. */
  static String conversations(boolean caughtUp) {
    return ranked("c", "i.conversation", caughtUp) + CONVERSATIONS;
  }

  private static String ranked(String kind, String subject, boolean caughtUp) {
    return RANKED.formatted(
        counted(subject, "$4", "$5"),
        counted(subject, "$6", "$7"),
        untallied(subject, "$8", "$9", "$12", caughtUp),
        kind);
  }

  /** The messages of users in a stretch of time, by {@code subject}. By item_created. */
  static String counted(String subject, String start, String end) {
    return """

    select %s, count(*) from item i
    where i.created_at >= %s and i.created_at < %s and i.message_no is not null and %s
    group by 1
    """
        .formatted(subject, start, end, BY_USER);
  }

  /**
   * The messages of users in a stretch of time that are not tallied, by {@code subject}. By
   * item_created, or by the primary key of tallied, in the order of conversations, and
   * item_message.
   */
  static String untallied(
      String subject, String start, String end, String completeUntil, boolean caughtUp) {
    String sql =
        caughtUp
            ? """

            select %1$s, count(*) from item i
            where i.created_at >= greatest(%2$s, %4$s::timestamptz) and i.created_at < %3$s and i.message_no is not null
              and i.message_no > coalesce((select t.message_no from tallied t where t.conversation = i.conversation), 0)
              and %5$s
            group by 1
            """
            : """

            select %1$s, count(*)
            from conversation c left join tallied d on d.conversation = c.id
            cross join lateral (
              select i.* from item i
              where i.conversation = c.id and i.message_no > coalesce(d.message_no, 0) offset 0
            ) i
            where c.messages > coalesce(d.message_no, 0) and i.created_at >= %2$s and i.created_at < %3$s
              and %4$s::timestamptz is null and %5$s
            group by 1
            """;
    return sql.formatted(subject, start, end, completeUntil, BY_USER);
  }
}
