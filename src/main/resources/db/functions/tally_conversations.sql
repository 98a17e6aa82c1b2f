--liquibase formatted sql

--changeset parley:tally_conversations runOnChange:true splitStatements:false
-- Adds up to p_most messages of these conversations to the tallies. Returns how many, and the conversations that are not
-- finished; "messages" is null while another node is at it. It is one transaction, so a node that is killed half-way leaves
-- nothing behind, and another one continues.
create or replace function tally_conversations(p_conversations bigint[], p_most integer)
returns table (messages integer, unfinished bigint[])
language plpgsql
set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_since integer;
  v_levels smallint[];
  v_blocks integer[];
  v_sums bigint[];
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley tally', 0)) then
    return query select null::integer, p_conversations;
    return;
  end if;
  select h.since into v_since from tally_hours h;

  with behind as (
    select c.id, coalesce(t.message_no, 0) as done, c.messages,
      least(c.messages, coalesce(t.message_no, 0) + p_most) as goal
    from (select distinct u.id from unnest(p_conversations) u (id)) u
    cross join lateral (select c.id, c.messages from conversation c where c.id = u.id offset 0) c
    left join lateral (select t.message_no from tallied t where t.conversation = c.id offset 0) t on true
    where c.messages > coalesce(t.message_no, 0)
  ), queued as (
    select b.*, sum(b.goal - b.done) over (order by b.id rows unbounded preceding) - (b.goal - b.done) as before
    from behind b
  ), picked as materialized (
    select q.id, q.done, q.goal from queued q where q.before < p_most
  ), counted as materialized (
    select i.author, p.id as conversation, (floor(extract(epoch from i.created_at) / 3600))::integer as hour, count(*) as n
    from picked p
    cross join lateral (
      select i.author, i.created_at from item i
      where i.conversation = p.id and i.message_no > p.done and i.message_no <= p.goal
      offset 0
    ) i
    cross join lateral (
      select true from party a
      where a.id = i.author and a.kind in ('person', 'company', 'influencer')
      offset 0
    ) a
    group by 1, 2, 3
  ), blocks as materialized (
    select s.kind, l.level, case when l.hours = 0 then 0 else floor(o.hour / l.hours::numeric)::integer end as block,
      s.subject, sum(o.n) as n
    from counted o
    cross join lateral (values ('u'::"char", o.author), ('c'::"char", o.conversation)) s (kind, subject)
    cross join (
      values (0::smallint, 1), (1::smallint, 24), (2::smallint, 192), (3::smallint, 1536), (4::smallint, 0)
    ) l (level, hours)
    where l.level > 0 or o.hour >= v_since
    group by 1, 2, 3, 4
  ), added as (
    insert into tally (kind, level, block, subject, n)
    select b.kind, b.level, b.block, b.subject, b.n from blocks b
    order by 1, 2, 3, 4
    on conflict (kind, level, block, subject) do update set n = tally.n + excluded.n
  ), marked as (
    insert into tallied (conversation, message_no) select p.id, p.goal from picked p
    on conflict (conversation) do update set message_no = excluded.message_no
  ), summed as (
    select b.level, b.block, sum(b.n)::bigint as n from blocks b where b.kind = 'u' and b.level in (0, 1) group by 1, 2
  )
  select
    (select coalesce(sum(p.goal - p.done), 0)::integer from picked p),
    (select array_agg(q.id) from queued q where q.before >= p_most or q.goal < q.messages),
    (select array_agg(s.level order by s.level, s.block) from summed s),
    (select array_agg(s.block order by s.level, s.block) from summed s),
    (select array_agg(s.n order by s.level, s.block) from summed s)
  into messages, unfinished, v_levels, v_blocks, v_sums;

  -- a block that has no sum yet is summed up as it is now, with what was just added
  with added as materialized (
    select a.* from unnest(v_levels, v_blocks, v_sums) a (level, block, n)
  ), existing as (
    update tally_total t set n = t.n + a.n from added a where t.level = a.level and t.block = a.block
    returning t.level, t.block
  )
  insert into tally_total (level, block, n)
  select a.level, a.block, sum_tallies(a.level, a.block)
  from added a
  where not exists (select from existing e where e.level = a.level and e.block = a.block);
  return next;
end
$$;
