--liquibase formatted sql

--changeset parley:update_free_deliveries runOnChange:true splitStatements:false
-- update_deliveries for those whose conversation nobody else holds. The others come back as "locked", to be sent again: a
-- conversation that stays locked delays the settlement of its own deliveries only.
create or replace function update_free_deliveries(
  p_delivery bigint[], p_lease bigint[], p_state text[], p_provider text[], p_reference text[], p_code text[],
  p_message text[], p_pause_ms bigint[], p_asked boolean[], p_unknown boolean[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint, locked boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_conversation bigint[];
  v_free integer[];
begin
  select coalesce(array_agg(l.id), '{}') into v_conversation
  from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update skip locked
  ) l;

  select coalesce(array_agg(t.idx order by t.idx), '{}') into v_free
  from unnest(p_delivery) with ordinality as t (delivery, idx)
  left join lateral (select d.conversation from delivery d where d.id = t.delivery offset 0) d on true
  where d.conversation is null or d.conversation = any (v_conversation);

  if cardinality(v_free) = cardinality(p_delivery) then
    return query
    select u.delivery, u.conversation, u.seq, u.rev, false
    from update_deliveries(
      p_delivery, p_lease, p_state, p_provider, p_reference, p_code, p_message, p_pause_ms, p_asked, p_unknown) u;
    return;
  end if;

  if cardinality(v_free) > 0 then
    return query
    select u.delivery, u.conversation, u.seq, u.rev, false
    from (
      select array_agg(p_delivery[i] order by i) as delivery, array_agg(p_lease[i] order by i) as lease,
        array_agg(p_state[i] order by i) as state, array_agg(p_provider[i] order by i) as provider,
        array_agg(p_reference[i] order by i) as reference, array_agg(p_code[i] order by i) as code,
        array_agg(p_message[i] order by i) as message, array_agg(p_pause_ms[i] order by i) as pause_ms,
        array_agg(p_asked[i] order by i) as asked, array_agg(p_unknown[i] order by i) as unknown
      from unnest(v_free) i
    ) f
    cross join lateral update_deliveries(
      f.delivery, f.lease, f.state, f.provider, f.reference, f.code, f.message, f.pause_ms, f.asked, f.unknown) u;
  end if;
  return query
  select t.delivery, null::bigint, null::bigint, null::bigint, true
  from unnest(p_delivery) with ordinality as t (delivery, idx) where t.idx <> all (v_free);
end
$$;
