--liquibase formatted sql

--changeset parley:index_conversations runOnChange:true splitStatements:false
-- Brings the searchable words of about p_most items of these conversations up to date: new items by seq, changed ones by the
-- change feed. Returns how many, the conversations that are not finished, and the items ("conversation:seq") that have no
-- words because these could not be determined; "items" is null while another node is at it. One transaction, like
-- tally_conversations.
create or replace function index_conversations(p_conversations bigint[], p_most integer)
returns table (items integer, unfinished bigint[], failed text[])
language plpgsql
set jit = off set client_min_messages = warning
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley index', 0)) then
    return query select null::integer, p_conversations, null::text[];
    return;
  end if;
  with behind as (
    select c.id, coalesce(t.seq, 0) as seq, least(c.last_seq, coalesce(t.seq, 0) + p_most) as goal_seq, c.last_seq,
      coalesce(t.rev, 0) as rev, c.rev as goal_rev
    from (select distinct u.id from unnest(p_conversations) u (id)) u
    cross join lateral (select c.id, c.last_seq, c.rev from conversation c where c.id = u.id offset 0) c
    left join lateral (select t.seq, t.rev from texted t where t.conversation = c.id offset 0) t on true
    where c.rev > coalesce(t.rev, 0) or c.last_seq > coalesce(t.seq, 0)
  ), queued as (
    select b.*, sum(b.goal_seq - b.seq + 1) over (order by b.id rows unbounded preceding) - (b.goal_seq - b.seq + 1) as before
    from behind b
  ), picked as materialized (
    select q.* from queued q where q.before < p_most
  ), changed as materialized (
    select p.id, h.subject as seq, h.rev, row_number() over (partition by p.id order by h.rev) as nth
    from picked p
    cross join lateral (
      select h.subject, h.rev from change h
      where h.conversation = p.id and h.rev > p.rev and h.rev <= p.goal_rev and h.kind = 'item'
      order by h.rev limit p_most
    ) h
  ), touched as (
    select p.id, g.seq from picked p cross join lateral generate_series(p.seq + 1, p.goal_seq) g (seq)
    union
    select h.id, h.seq from changed h join picked p on p.id = h.id where h.seq <= p.goal_seq
  ), present as materialized (
    select i.conversation, i.seq, i.rev, i.created_at, i.deleted, w.words, w.failure
    from touched t
    cross join lateral (select i.* from item i where i.conversation = t.id and i.seq = t.seq offset 0) i
    left join lateral try_item_words(i.conversation, i.body, i.payload) w on not i.deleted
  ), added as (
    insert into item_text (conversation, seq, rev, created_at, words)
    select p.conversation, p.seq, p.rev, p.created_at, p.words from present p where p.words is not null
    on conflict (conversation, seq) do update set rev = excluded.rev, words = excluded.words
  ), removed as (
    delete from item_text t using present p
    where p.words is null and t.conversation = p.conversation and t.seq = p.seq
  ), skipped as (
    insert into unindexed_item (conversation, seq, reason)
    select p.conversation, p.seq, p.failure from present p where p.failure is not null
    on conflict (conversation, seq) do update set reason = excluded.reason, at = excluded.at
  ), mended as (
    delete from unindexed_item u using present p
    where p.failure is null and u.conversation = p.conversation and u.seq = p.seq
  ), done as (
    select p.*, case when h.rev is null then p.goal_rev else h.rev end as done_rev
    from picked p left join changed h on h.id = p.id and h.nth = p_most
  ), marked as (
    insert into texted (conversation, seq, rev) select d.id, d.goal_seq, d.done_rev from done d
    on conflict (conversation) do update set seq = excluded.seq, rev = excluded.rev
  )
  select
    ((select coalesce(sum(d.goal_seq - d.seq), 0) from done d) + (select count(*) from changed))::integer,
    (
      select array_agg(q.id) from queued q left join done d on d.id = q.id
      where d.id is null or d.goal_seq < d.last_seq or d.done_rev < d.goal_rev
    ),
    (select array_agg(p.conversation || ':' || p.seq) from present p where p.failure is not null)
  into items, unfinished, failed;
  return next;
end
$$;
