--liquibase formatted sql

--changeset parley:lock_deliveries runOnChange:true splitStatements:false
-- Locks the conversations of deliveries, in the order of their ids, and then the outbox rows. Everything that changes
-- deliveries does this first and decides in a later statement.
create or replace function lock_deliveries(p_delivery bigint[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
begin
  perform from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update
  ) l;
  perform from (select o.delivery from outbox o where o.delivery = any (p_delivery) order by o.delivery for update) l;
end
$$;
