package io.parley.store.insight;

import io.parley.store.timeline.ItemSql;
import io.parley.store.timeline.ReadStateSql;

/**
 * The statements of a search. Two ways lead to the newest hits, and {@link SearchPlan} chooses: the
 * index of words finds all that match, which must then be sorted; walking from the newest item on
 * finds them in order, and is quick if most items match. Each exists for callers in a few
 * conversations, which are named, and for callers in many.
 *
 * <p>$1 is the caller, $2 the words, $3 to $5 the position behind which the page begins, $6 the
 * number of hits, $7 the conversations where they are few, $8 how many items a walk may look at.
 */
final class SearchSql {
  /** Callers in more conversations than this search them by visibility, not by name. */
  static final int MAX_NAMED_CONVERSATIONS = 200;

  /**
   * The newest items that tell how many match the beginning of a word: the statistics know words,
   * but not how many of the rarer ones begin alike.
   */
  private static final int SAMPLE = 500;

  /** What a {@link SearchPlan} is made of. By member_party, item_text_created and primary keys. */
  static final String PLAN =
      """
      with caller as materialized (
        select exists (select from account y where y.id = $1 and y.role <> 'user') as agent
      ), named as materialized (
        select m.conversation from member m
        where m.party = $1 and ($3::bigint is null or m.conversation = $3)
        union
        select e.conversation from external e, caller r where e.conversation = $3 and r.agent
        limit %1$d + 1
      )
      select q.words::text as words, r.agent and $3 is null as agent,
        (select array_agg(n.conversation) from named n) as named,
        (select count(*) from member m where m.party = $1 and $3 is null) as memberships,
        (
          select coalesce(sum(c.last_seq), 0)::bigint
          from named n
          cross join lateral (select c.last_seq from conversation c where c.id = n.conversation offset 0) c
        ) as volume,
        case when q.words is not null then estimate_matches(q.words) end as matches,
        case when q.words::text like '%%:*%%' and (r.agent and $3 is null or (select count(*) > %1$d from named)) then (
          select avg((t.words @@ q.words)::integer)::double precision
          from (select t.words from item_text t order by t.created_at desc, t.conversation desc, t.seq desc limit %2$d) t
        ) end as recent_share,
        size_of('item_text') as items, size_of('conversation') as conversations, size_of('external') as external,
        (select nullif(p.complete_until, '-infinity') from job_progress p where p.job = 'index') as complete_until
      from (select search_query($2) as words) q cross join caller r
      """
          .formatted(MAX_NAMED_CONVERSATIONS, SAMPLE);

  private static final String BEHIND_POSITION =
      "(t.created_at, t.conversation, t.seq) < (coalesce($3::timestamptz, 'infinity'), coalesce($4::bigint, 0), coalesce($5::bigint, 0))";

  // the caller's conversations are few enough for a hash of them; of the external ones, scalar
  // subqueries, because an exists() may be planned as a hash of the whole table
  private static final String VISIBLE =
      """
      exists (select from member m where m.party = $1 and m.conversation = %1$s) or coalesce((
          select y.role <> 'user' from account y where y.id = $1)
          and (select true from external e where e.conversation = %1$s), false)\
      """;

  private static final String NEWEST = "created_at desc, %1$s.conversation desc, %1$s.seq desc";

  /** By item_text_words. */
  static final String BY_INDEX_IN_NAMED =
      page(
          """
          select t.conversation, t.seq, t.rev, t.created_at, false as at_bound
          from item_text t
          where t.words @@ ($2::text::tsquery && (
              select string_agg('''' || chr(1) || n || '''', ' | ')::tsquery from unnest($7::bigint[]) n))
            and t.conversation = any ($7) and $1::bigint is not null and $8::bigint is not null and %s
          order by t.%s limit $6
          """
              .formatted(BEHIND_POSITION, NEWEST.formatted("t")));

  /** By item_text_words, and the primary keys of member and external. */
  static final String BY_INDEX =
      page(
          """
          select t.conversation, t.seq, t.rev, t.created_at, false as at_bound
          from item_text t
          where t.words @@ $2::text::tsquery and %s and (%s) and $7::bigint[] is null and $8::bigint is not null
          order by t.%s limit $6
          """
              .formatted(
                  BEHIND_POSITION, VISIBLE.formatted("t.conversation"), NEWEST.formatted("t")));

  /** By the primary key of item_text, backwards in each conversation. */
  static final String BY_WALKING_NAMED =
      page(
          """
          select w.conversation, w.seq, w.rev, w.created_at, w.at_bound
          from unnest($7::bigint[]) n (conversation)
          cross join lateral (
            select w.*, w.walked = $8 as at_bound
            from (
              select t.conversation, t.seq, t.rev, t.created_at, t.words @@ $2::text::tsquery as matches,
                row_number() over (order by t.seq desc) as walked
              from item_text t
              where t.conversation = n.conversation and %s
              order by t.seq desc limit $8
            ) w
            where $1::bigint is not null and (w.matches or w.walked = $8)
            order by w.seq desc limit $6
          ) w
          order by w.%s limit $6
          """
              .formatted(BEHIND_POSITION, NEWEST.formatted("w")));

  /**
   * By item_text_created, backwards, and the primary keys of member and external. The words are
   * read of those items only that the caller may see.
   */
  static final String BY_WALKING =
      page(
          """
          select w.conversation, w.seq, t.rev, w.created_at, w.at_bound
          from (
            select w.* from (
              select t.conversation, t.seq, t.created_at, row_number() over (order by t.%s) = $8 as at_bound
              from item_text t
              where %s
              order by t.%s limit $8
            ) w
            where w.at_bound or (%s)
            order by w.%s offset 0
          ) w
          cross join lateral (
            select t.rev, t.words @@ $2::text::tsquery as matches from item_text t
            where t.conversation = w.conversation and t.seq = w.seq
            offset 0
          ) t
          where (w.at_bound or t.matches) and $7::bigint[] is null
          order by w.%s limit $6
          """
              .formatted(
                  NEWEST.formatted("t"),
                  BEHIND_POSITION,
                  NEWEST.formatted("t"),
                  VISIBLE.formatted("w.conversation"),
                  NEWEST.formatted("w"),
                  NEWEST.formatted("w")));

  /** The items of conversations $1 that have no words yet. By the primary keys. */
  static final String BEHIND_IN_NAMED =
      """
      select coalesce(sum(c.last_seq - coalesce(t.seq, 0)), 0)::bigint as behind
      from unnest($1::bigint[]) n (conversation)
      cross join lateral (select c.last_seq from conversation c where c.id = n.conversation offset 0) c
      left join lateral (select t.seq from texted t where t.conversation = n.conversation offset 0) t on true
      """;

  /** The items since $2 that caller $1 may see and that have no words yet. By item_newest. */
  static final String BEHIND =
      """
      select count(*) as behind from item i
      where i.created_at >= coalesce($2::timestamptz, '-infinity')
        and i.seq > coalesce((select t.seq from texted t where t.conversation = i.conversation), 0)
        and (%s)
      """
          .formatted(VISIBLE.formatted("i.conversation"));

  private SearchSql() {}

  // the index only proposes: what an item says now, and whether it still exists, is read from the
  // item; who has read least is found once for each conversation
  private static String page(String hits) {
    return """
      with hits as materialized (
      %s), least_read as materialized (
        select h.conversation, l.party, l.read_seq
        from (select distinct h.conversation from hits h) h
        cross join lateral (%s) l
      )
      select i.hit_conversation, i.hit_seq, i.hit_at, i.at_bound,
        not i.deleted and (i.rev = i.hit_rev or coalesce((
          select w.words @@ $2::text::tsquery from try_item_words(i.conversation, i.body, i.payload) w), false)) as holds,
        %s,
        coalesce((
          select min(l.read_seq) from least_read l where l.conversation = i.conversation and l.party <> i.author
        ) >= i.seq, false) as read
      from (
        select i.*, h.conversation as hit_conversation, h.seq as hit_seq, h.rev as hit_rev, h.created_at as hit_at,
          h.at_bound, %s as fits
        from hits h join item i on i.conversation = h.conversation and i.seq = h.seq
      ) i join party p on p.id = i.author
      order by i.hit_at desc, i.hit_conversation desc, i.hit_seq desc
      """
        .formatted(
            hits,
            ReadStateSql.leastRead("h.conversation"),
            ItemSql.columnsWhere("i.fits"),
            ItemSql.fitsPage("h.created_at desc, h.conversation desc, h.seq desc"));
  }
}
