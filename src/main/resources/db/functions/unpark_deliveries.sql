--liquibase formatted sql

--changeset parley:unpark_deliveries runOnChange:true splitStatements:false
-- Looks at up to p_limit parked deliveries of a route behind p_after, in the order of ids, and makes those due that have none
-- before them any more. Returns how many it looked at, the last of them, and how many it made due. By outbox_due, outbox_queue
-- and the primary key.
create or replace function unpark_deliveries(p_route text, p_after bigint, p_limit integer)
returns table (seen integer, last bigint, due integer)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_parked bigint[] := array(
    select o.delivery from outbox o
    where o.route = p_route and o.due_at = 'infinity' and o.delivery > p_after
    order by o.route, o.due_at, o.delivery limit p_limit);
begin
  update outbox o set due_at = clock_timestamp()
  from (
    select p.delivery from outbox p
    where p.delivery = any (v_parked) and p.due_at = 'infinity'
      and (select e.delivery from outbox e where e.queue = p.queue order by e.queue, e.delivery limit 1) = p.delivery
    for update skip locked
  ) x
  where o.delivery = x.delivery;
  get diagnostics due = row_count;
  seen := cardinality(v_parked);
  last := v_parked[seen];
  return next;
end
$$;
