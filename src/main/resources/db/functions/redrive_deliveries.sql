--liquibase formatted sql

--changeset parley:redrive_deliveries runOnChange:true splitStatements:false
-- Queues failed and expired deliveries again: under the next redrive number, with all attempts and the full time to live,
-- counted from now. Waits for locked conversations; see redrive_free_deliveries.
create or replace function redrive_deliveries(p_delivery bigint[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_delivery bigint[];
  v_conversation bigint[];
  v_seq bigint[];
begin
  perform lock_deliveries(p_delivery);
  v_now := clock_timestamp();

  with ended as materialized (
    select d.* from delivery d where d.id = any (p_delivery) and d.state in ('failed', 'expired')
  ), queued as (
    insert into outbox (delivery, route, queue, due_at)
    select e.id, r.route, delivery_queue(r.route, e.sender, e.recipient), v_now
    from ended e, lateral (select channel_route(e.channel) as route) r
  ), updated as (
    update delivery d set state = 'queued', redrives = d.redrives + 1, attempts = 0, throttled = 0, unknown = 0,
      reference = null,
      error_code = null, error_message = null, updated_at = date_trunc('milliseconds', v_now),
      expires_at = v_now + delivery_lifetime()
    from ended e where d.id = e.id
  )
  select array_agg(e.id), array_agg(e.conversation), array_agg(e.seq)
  into v_delivery, v_conversation, v_seq from ended e;

  return query select * from revise_deliveries(v_delivery, v_conversation, v_seq);
end
$$;
