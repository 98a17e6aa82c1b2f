--liquibase formatted sql

--changeset parley:tally_messages runOnChange:true splitStatements:false
-- Adds up to p_most messages to the tallies, from the conversations that are furthest behind, and deletes one hour that is
-- older than p_since. Returns the number of messages, or null while another node is at it. It is one transaction, so a node
-- that is killed half-way leaves nothing behind, and the next one continues.
create or replace function tally_messages(p_most integer, p_since integer) returns integer
language plpgsql
set jit = off
as $$
declare
  v_since integer;
  v_tallied integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley tally', 0)) then
    return null;
  end if;

  select h.since into v_since from tally_hours h;
  if v_since < p_since then
    select least(p_since, min(t.oldest) + 1) into v_since
    from unnest(array['u', 'c']::"char"[]) k
    cross join lateral (
      select t.block as oldest from tally t where t.kind = k and t.level = 0 order by t.block limit 1
    ) t;
    update tally_hours set since = v_since;
    delete from tally t where t.kind = any (array['u', 'c']::"char"[]) and t.level = 0 and t.block < v_since;
  end if;

  with behind as (
    select c.id, coalesce(t.message_no, 0) as done, least(c.messages, coalesce(t.message_no, 0) + p_most) as goal
    from conversation c left join tallied t on t.conversation = c.id
    where c.messages > coalesce(t.message_no, 0)
  ), queued as (
    select b.*, sum(b.goal - b.done) over (order by b.goal - b.done desc, b.id rows unbounded preceding)
      - (b.goal - b.done) as before
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
    join party a on a.id = i.author and a.kind in ('person', 'company', 'influencer')
    group by 1, 2, 3
  ), added as (
    insert into tally (kind, level, block, subject, n)
    select s.kind, l.level, case when l.hours = 0 then 0 else floor(o.hour / l.hours::numeric)::integer end, s.subject,
      sum(o.n)
    from counted o
    cross join lateral (values ('u'::"char", o.author), ('c'::"char", o.conversation)) s (kind, subject)
    cross join (
      values (0::smallint, 1), (1::smallint, 24), (2::smallint, 192), (3::smallint, 1536), (4::smallint, 0)
    ) l (level, hours)
    where l.level > 0 or o.hour >= v_since
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict (kind, level, block, subject) do update set n = tally.n + excluded.n
  ), marked as (
    insert into tallied (conversation, message_no) select p.id, p.goal from picked p
    on conflict (conversation) do update set message_no = excluded.message_no
  )
  select coalesce(sum(p.goal - p.done), 0)::integer into v_tallied from picked p;
  return v_tallied;
end
$$;
