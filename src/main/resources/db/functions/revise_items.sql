--liquibase formatted sql

--changeset parley:revise_items runOnChange:true splitStatements:false
-- Gives each of these items the next revision of its conversation, in the order of seq, and records the change. An item that
-- is named twice takes one revision. Returns a row for each element of the input ("idx"). The caller has locked the
-- conversations.
-- Unlike its callers it may be planned anew: a plan made while table "item" had one page and no statistics may look for items
-- by any index that begins with the conversation.
create or replace function revise_items(p_conversation bigint[], p_seq bigint[])
returns table (idx bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = auto
as $$
#variable_conflict use_column
declare
  v_now timestamptz := date_trunc('milliseconds', clock_timestamp());
begin
  return query
  with numbered as materialized (
    select t.idx, t.conversation, t.seq, c.rev + dense_rank() over (partition by t.conversation order by t.seq) as rev,
      greatest(c.active_at, v_now) as now
    from unnest(p_conversation, p_seq) with ordinality as t (conversation, seq, idx)
    join lateral (select c.* from conversation c where c.id = t.conversation offset 0) c on true
  ), revised as materialized (
    select distinct n.conversation, n.seq, n.rev, n.now from numbered n
  ), counted as (
    update conversation c set rev = b.rev
    from (select r.conversation, max(r.rev) as rev from revised r group by r.conversation) b
    where c.id = b.conversation
  ), recorded as (
    insert into change (conversation, kind, subject, rev, at)
    select r.conversation, 'item', r.seq, r.rev, r.now from revised r
    on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
  ), touched as (
    update item i set rev = r.rev, updated_at = r.now
    from revised r where i.conversation = r.conversation and i.seq = r.seq
  )
  select n.idx, n.conversation, n.seq, n.rev from numbered n;
end
$$;
