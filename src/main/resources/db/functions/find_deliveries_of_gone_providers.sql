--liquibase formatted sql

--changeset parley:find_deliveries_of_gone_providers runOnChange:true splitStatements:false
-- Pending deliveries that only one provider may send, because it was asked and nobody knows the outcome, and which were due
-- for so long without any node having that provider. By outbox_due: what has been due for so long is little, unless nobody
-- serves the route at all.
create or replace function find_deliveries_of_gone_providers(p_gone_after_ms bigint, p_limit integer)
returns table (delivery bigint, provider text)
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_since timestamptz := clock_timestamp() - p_gone_after_ms * interval '1 ms';
  v_present text[] := array(select s.name from provider_seen s where s.seen_at > v_since);
begin
  return query
  select o.delivery, coalesce(o.bound_to, o.asked) from outbox o
  where o.route in ('sms', 'email') and o.due_at <= v_since
    and (o.leased_until is null or o.leased_until < v_since)
    and coalesce(o.bound_to, o.asked) <> all (v_present)
  order by o.route, o.due_at, o.delivery limit p_limit;
end
$$;
