--liquibase formatted sql

--changeset parley:wake_deliveries runOnChange:true splitStatements:false
-- Makes deliveries due that wait after a failure of this provider, the oldest first, and returns how many. Those that the
-- provider itself asked to delay keep waiting. A delivery is 'sending' in the table from its first failed attempt on, so
-- delivery_provider_state leads to them, and the primary key of outbox to when they are due. A comparison of rows allows no
-- other index, whatever the statistics say.
create or replace function wake_deliveries(p_provider text, p_limit integer) returns integer
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_waiting bigint[];
begin
  v_waiting := array(
    select w.delivery from delivery d
    cross join lateral (
      select o.delivery from outbox o
      where o.delivery = d.id and o.due_at > v_now and o.due_at < 'infinity' and o.leased_until is null
      for update skip locked
    ) w
    where d.provider is not null
      and (d.provider, d.state, d.id) > (p_provider, 'sending', 0)
      and (d.provider, d.state, d.id) < (p_provider, 'sending', 9223372036854775807)
      and d.error_code is distinct from 'throttled'
    order by d.provider, d.state, d.id limit p_limit
  );
  update outbox o set due_at = v_now where o.delivery = any (v_waiting);
  return cardinality(v_waiting);
end
$$;
