--liquibase formatted sql

--changeset parley:take_due_deliveries runOnChange:true splitStatements:false
-- Takes up to p_limit due deliveries for a provider under a lease of p_lease_ms: those that wait for another attempt
-- (p_retry), or the others. See claim_due_deliveries.
--
-- Rows are locked first; only then, with a younger snapshot, does it check that each is the first of its queue. One that is
-- not is parked (due at infinity), so that it is walked over once; settling the one before makes it due again. As long as
-- parked rows leave room, it looks further, in larger steps.
--
-- A row whose lease has run out counts as an attempt with an unknown outcome, and stays with the provider that was asked.
create or replace function take_due_deliveries(
  p_retry boolean, p_provider text, p_route text, p_fresh boolean, p_limit integer, p_lease_ms bigint,
  p_floor_at timestamptz, p_floor bigint)
returns bigint[]
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_found bigint[];
  v_last_at timestamptz := p_floor_at;
  v_last bigint := p_floor;
  v_taken bigint[];
  v_lost bigint[];
  v_all bigint[] := '{}';
  v_left integer := p_limit;
  v_window integer := p_limit;
  v_all_first boolean;
begin
  for round in 1..8 loop
    -- two statements, because each is planned with an index of its own: outbox_retry_due and outbox_due
    if p_retry then
      select array_agg(x.delivery), max(x.due_at) into v_found, v_last_at
      from (
        select o.delivery, o.due_at from outbox o
        where o.route = p_route and o.retry and (o.due_at, o.delivery) > (v_last_at, v_last) and o.due_at <= v_now
          and (o.leased_until is null or o.leased_until < v_now)
          and case
            when o.bound_to is not null then o.bound_to = p_provider
            when o.leased_until is not null then o.asked = p_provider
            else p_fresh
          end
        order by o.due_at, o.delivery limit v_window for update skip locked
      ) x;
    else
      select array_agg(x.delivery), max(x.due_at) into v_found, v_last_at
      from (
        select o.delivery, o.due_at from outbox o
        where o.route = p_route and not o.retry and (o.due_at, o.delivery) > (v_last_at, v_last) and o.due_at <= v_now
          and (o.leased_until is null or o.leased_until < v_now)
          and case
            when o.bound_to is not null then o.bound_to = p_provider
            when o.leased_until is not null then o.asked = p_provider
            else p_fresh
          end
        order by o.due_at, o.delivery limit v_window for update skip locked
      ) x;
    end if;
    exit when v_found is null;
    select max(o.delivery) into v_last from outbox o where o.delivery = any (v_found) and o.due_at = v_last_at;

    select array_agg(o.delivery order by o.due_at, o.delivery),
      array_agg(o.delivery) filter (where o.leased_until is not null)
    into v_taken, v_lost
    from outbox o
    where o.delivery = any (v_found)
      and not exists (select from outbox e where e.queue = o.queue and e.delivery < o.delivery);
    v_all_first := coalesce(cardinality(v_taken), 0) = cardinality(v_found);

    if not v_all_first then
      update outbox o set due_at = 'infinity'
      where o.delivery = any (v_found) and o.delivery <> all (coalesce(v_taken, '{}'));
    end if;
    v_taken := v_taken[1:v_left];
    v_lost := array(select l from unnest(v_lost) l where l = any (v_taken));
    if cardinality(v_lost) > 0 then
      perform record_lost_attempts(v_lost);
      update delivery d set attempts = d.attempts + 1, unknown = d.unknown + 1 where d.id = any (v_lost);
    end if;
    if v_taken is not null then
      update outbox o set lease = o.lease + 1, leased_until = v_now + p_lease_ms * interval '1 ms', asked = p_provider,
        asked_at = v_now, retry = o.retry or o.leased_until is not null,
        bound_to = coalesce(o.bound_to, case when o.leased_until is not null then o.asked end)
      where o.delivery = any (v_taken);
      v_all := v_all || v_taken;
    end if;
    v_left := v_left - coalesce(cardinality(v_taken), 0);
    exit when v_left <= 0 or v_all_first;
    v_window := 500;
  end loop;
  return v_all;
end
$$;
