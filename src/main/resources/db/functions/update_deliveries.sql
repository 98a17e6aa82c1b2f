--liquibase formatted sql

--changeset parley:update_deliveries runOnChange:true splitStatements:false
-- Applies a batch of outcomes to deliveries, and returns those that changed with the new revisions of their items. Locks
-- first; then p_lease decides which rows may change:
--   0 and above  the row is held under this very lease: the outcome of an attempt
--   -1           nobody holds the row: it expired
--   -2           the state does not go back: a provider's callback, which needs no lease
-- State 'again' schedules another attempt after p_pause_ms; with the code 'throttled' the attempt counts neither towards the
-- end of the delivery nor against the retry budget. p_asked says that a provider was asked, p_unknown that nobody knows the
-- outcome, so that only this provider may be asked again. A callback that arrives while the attempt is still being made ends
-- it, so the attempt counts; the locks decide which of the two came first.
-- When a delivery ends, its outbox row is deleted and the next one of its queue becomes due.
create or replace function update_deliveries(
  p_delivery bigint[], p_lease bigint[], p_state text[], p_provider text[], p_reference text[], p_code text[],
  p_message text[], p_pause_ms bigint[], p_asked boolean[], p_unknown boolean[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
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
  if -1 = any (p_lease) then
    perform record_lost_attempts(array(
      select o.delivery from unnest(p_delivery, p_lease) t (delivery, lease) join outbox o on o.delivery = t.delivery
      where t.lease = -1 and o.leased_until < v_now
    ));
  end if;

  with input as (
    select *
    from unnest(
      p_delivery, p_lease, p_state, p_provider, p_reference, p_code, p_message, p_pause_ms, p_asked, p_unknown)
      with ordinality as t (delivery, lease, state, provider, reference, code, message, pause_ms, asked, unknown, idx)
  ), allowed as materialized (
    -- of several outcomes of one delivery the highest state wins; a reference belongs to one delivery
    select i.delivery, i.lease, i.state, i.provider, i.reference, i.code, i.message, i.pause_ms,
      i.unknown or (i.lease = -1 and o.leased_until is not null) as unknown,
      case when i.lease < 0 then o.leased_until is not null else i.asked end as asked,
      d.conversation, d.seq, o.queue, o.delivery is not null as pending,
      row_number() over (partition by i.delivery order by delivery_rank(i.state) desc, i.idx) as nth,
      case when i.reference is not null
        and not exists (
          select from delivery x where x.provider = i.provider and x.reference = i.reference and x.id <> i.delivery)
        and row_number() over (partition by i.provider, i.reference order by i.idx) = 1 then i.reference
      end as own_reference
    from input i
    left join lateral (select d.* from delivery d where d.id = i.delivery offset 0) d on true
    left join lateral (select o.* from outbox o where o.delivery = i.delivery offset 0) o on true
    where d.id is not null and case
      when i.lease = -2 then delivery_rank(i.state) > delivery_rank(d.state)
      when i.lease = -1 then o.delivery is not null and coalesce(o.leased_until < v_now, true)
      else o.lease = i.lease and o.leased_until is not null
    end
  ), final as materialized (
    -- a callback that came before its reference was known overtakes 'sent'
    select a.*, e.state is not null as overtaken, coalesce(e.state, a.state) as final,
      coalesce(e.code, a.code) as final_code, coalesce(e.message, a.message) as final_message
    from allowed a
    left join lateral (
      select e.* from early_status e
      where a.state = 'sent' and e.provider = a.provider and e.reference = a.reference
      order by delivery_rank(e.state) desc limit 1
    ) e on true
    where a.nth = 1
  ), updated as (
    update delivery d set
      state = case when f.final = 'again' then 'sending' else f.final end,
      provider = coalesce(f.provider, d.provider),
      reference = coalesce(d.reference, f.own_reference),
      attempts = greatest(d.attempts + f.asked::integer, case when f.lease = -2 then 1 else 0 end),
      throttled = d.throttled + (f.asked and f.final = 'again' and f.final_code = 'throttled')::integer,
      unknown = d.unknown + f.unknown::integer,
      error_code = case when f.final in ('failed', 'expired', 'again') then f.final_code end,
      error_message = case when f.final in ('failed', 'expired', 'again') then f.final_message end,
      updated_at = date_trunc('milliseconds', v_now)
    from final f where d.id = f.delivery
  ), rescheduled as (
    update outbox o set due_at = v_now + f.pause_ms * interval '1 ms', leased_until = null, asked = null,
      retry = o.retry or (f.asked and f.code is distinct from 'throttled'),
      bound_to = case when f.unknown then f.provider else o.bound_to end
    from final f where f.state = 'again' and o.delivery = f.delivery
  ), ended as (
    delete from outbox o using final f where f.state <> 'again' and o.delivery = f.delivery
  ), next_of_queue as (
    update outbox n set due_at = least(n.due_at, v_now)
    from (
      select distinct w.delivery from final f,
        lateral (
          select o.delivery from outbox o
          where o.queue = f.queue and o.delivery > f.delivery and o.delivery <> all (p_delivery)
          order by o.delivery limit 1
        ) w
      where f.pending and f.state <> 'again'
    ) x
    where n.delivery = x.delivery and n.leased_until is null
  ), applied as (
    delete from early_status e
    using final f, lateral (
      select k.id from early_status k where k.provider = f.provider and k.reference = f.reference offset 0
    ) x
    where f.overtaken and e.id = x.id
  )
  select array_agg(f.delivery), array_agg(f.conversation), array_agg(f.seq)
  into v_delivery, v_conversation, v_seq from final f;

  return query select * from revise_deliveries(v_delivery, v_conversation, v_seq);
end
$$;
