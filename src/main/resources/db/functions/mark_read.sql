--liquibase formatted sql

--changeset parley:mark_read runOnChange:true splitStatements:false
-- Nodes of the previous version call it; move_read_marks has taken its place.
-- Moves a batch of read marks forward; locks the conversations first, like append_items. All marks of one conversation that
-- move in one batch share one revision, and therefore one event. (A function for taking revisions, shared with revise_items,
-- made a batch a third dearer.)
-- Outcomes: 'marked', 'not_member', and 'busy' (another transaction holds the conversation: send the mark again).
create or replace function mark_read(p_conversation bigint[], p_party bigint[], p_seq bigint[], p_wait boolean)
returns table (outcome text, read_seq bigint, moved boolean, rev bigint, at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_locked bigint[];
  v_now timestamptz;
begin
  if p_wait then
    select array_agg(l.id) into v_locked
    from (select c.id from conversation c where c.id = any (p_conversation) order by c.id for no key update) l;
  else
    select array_agg(l.id) into v_locked
    from (
      select c.id from conversation c where c.id = any (p_conversation)
      order by c.id for no key update skip locked
    ) l;
  end if;
  v_now := date_trunc('milliseconds', clock_timestamp());

  return query
  with input as (
    select * from unnest(p_conversation, p_party, p_seq) with ordinality as t (conversation, party, seq, idx)
  ), found as materialized (
    select i.*, c.id is not null as locked, c.rev as last_rev, m.party is not null as member, m.read_seq as before,
      greatest(m.read_seq, max(least(i.seq, c.last_seq)) over (partition by i.conversation, i.party)) as after
    from input i
    left join lateral (
      select c.* from conversation c where c.id = i.conversation and c.id = any (v_locked) offset 0
    ) c on true
    left join lateral (select m.* from member m where m.conversation = c.id and m.party = i.party offset 0) m on true
  ), moving as materialized (
    select distinct f.conversation, f.party, f.after, f.last_rev + 1 as rev
    from found f where f.member and f.after > f.before
  ), marked as (
    update member m set read_seq = v.after from moving v where m.conversation = v.conversation and m.party = v.party
  ), numbered as (
    update conversation c set rev = v.rev
    from (select distinct conversation, rev from moving) v where c.id = v.conversation
  ), recorded as (
    insert into change (conversation, kind, subject, rev, at)
    select v.conversation, 'receipt', v.party, v.rev, v_now from moving v
    on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
  )
  select
    case
      when f.locked and f.member then 'marked'
      when not f.locked and (select true from conversation c where c.id = f.conversation) then 'busy'
      else 'not_member'
    end,
    f.after, coalesce(f.after > f.before, false), case when f.after > f.before then f.last_rev + 1 end, v_now
  from found f order by f.idx;
end
$$;
