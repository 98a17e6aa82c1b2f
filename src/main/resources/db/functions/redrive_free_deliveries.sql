--liquibase formatted sql

--changeset parley:redrive_free_deliveries runOnChange:true splitStatements:false
-- redrive_deliveries for those whose conversation nobody else holds. The others come back as "locked", to be redriven later.
create or replace function redrive_free_deliveries(p_delivery bigint[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint, locked boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_conversation bigint[];
  v_free bigint[];
begin
  select coalesce(array_agg(l.id), '{}') into v_conversation
  from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update skip locked
  ) l;
  v_free := array(
    select d.id from delivery d where d.id = any (p_delivery) and d.conversation = any (v_conversation) order by d.id);

  if cardinality(v_free) > 0 then
    return query select r.delivery, r.conversation, r.seq, r.rev, false from redrive_deliveries(v_free) r;
  end if;
  if cardinality(v_free) < cardinality(p_delivery) then
    return query
    select d.id, d.conversation, d.seq, null::bigint, true from delivery d
    where d.id = any (p_delivery) and d.id <> all (v_free) and d.state in ('failed', 'expired') order by d.id;
  end if;
end
$$;
