--liquibase formatted sql

--changeset parley:find_expired_deliveries runOnChange:true splitStatements:false
-- Pending deliveries whose time is over and which no node is sending. By delivery_pending_expiry and the primary key of outbox.
create or replace function find_expired_deliveries(p_limit integer) returns table (delivery bigint)
language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
begin
  return query
  select d.id from delivery d
  cross join lateral (
    select o.delivery from outbox o
    where o.delivery = d.id and (o.leased_until is null or o.leased_until < v_now) offset 0
  ) x
  where d.state in ('queued', 'sending') and d.expires_at <= v_now
  order by d.expires_at, d.id limit p_limit;
end
$$;
