--liquibase formatted sql

--changeset parley:count_sends runOnChange:true splitStatements:false
-- Counts the deliveries of items that were just stored against the daily limit of their sender addresses, exactly over all
-- nodes. The limit is a setting of the gateway, which passes it with every connection. Called last in the transaction, because
-- what it locks is held until the commit; addresses are counted in a fixed order, so that batches do not deadlock.
--
-- Waiting for each other's commit would cost a campaign from one address a fifth of its rate. So an address is counted in
-- parts, and a transaction that is far from the limit locks its own part only. Such a transaction sees all parts as they were
-- committed; what it does not see is one transaction for each other part, of at most c_share deliveries each. It goes on at
-- 3/4 of the limit at most, so all of them together stay below the limit. Beyond half of the limit, and with more deliveries
-- than that, a transaction waits until it is alone, and then knows the exact number.
--
-- The plans are made once: delivery has one index that begins with the conversation, and planning took longer than counting.
--
-- Beyond the limit the transaction is undone with SQLState PY429. The items of a batch are then sent separately, so that only
-- those beyond the limit are refused. A received message has nobody to refuse: it is stored, and its deliveries have failed.
create or replace function count_sends(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  c_parts constant integer := 8;
  v_limit bigint := coalesce(nullif(current_setting('parley.sends_per_day', true), '')::bigint, 0);
  v_today date := (clock_timestamp() at time zone 'UTC')::date;
  v_part integer := pg_backend_pid() % c_parts;
  v_share bigint := v_limit / (4 * c_parts);
  v_each record;
  v_sent bigint;
  v_alone boolean;
begin
  if v_limit = 0 then
    return;
  end if;
  for v_each in
    select lower(d.sender) collate "C" as sender, count(*) as deliveries, count(distinct (r.conversation, r.seq)) as items
    from unnest(p_results) r
    cross join lateral (
      select x.sender from delivery x where x.conversation = r.conversation and x.seq = r.seq offset 0) d
    where r.fresh group by 1 order by 1
  loop
    v_alone := v_each.deliveries > v_share or sent_on(v_each.sender, v_today) + v_each.deliveries > v_limit / 2;
    if v_alone then
      perform pg_advisory_xact_lock(hashtextextended('sends from ' || v_each.sender, 0));
    else
      perform pg_advisory_xact_lock_shared(hashtextextended('sends from ' || v_each.sender, 0));
    end if;

    insert into sent_part as s (sender, part, day, deliveries) values (v_each.sender, v_part, v_today, v_each.deliveries)
    on conflict (sender, part) do update set
      day = greatest(s.day, excluded.day),
      deliveries = excluded.deliveries + case when s.day >= excluded.day then s.deliveries else 0 end;
    v_sent := sent_on(v_each.sender, v_today);

    if v_sent > (case when v_alone then v_limit else v_limit * 3 / 4 end) then
      if v_each.items > 1 or not (
        select bool_and(i.direction is not distinct from 'inbound')
        from unnest(p_results) r
        join delivery d on d.conversation = r.conversation and d.seq = r.seq and lower(d.sender) = v_each.sender
        join item i on i.conversation = r.conversation and i.seq = r.seq
        where r.fresh)
      then
        raise exception 'the daily limit of a sender address is reached' using errcode = 'PY429';
      end if;
      update sent_part s set deliveries = s.deliveries - v_each.deliveries
      where s.sender = v_each.sender and s.part = v_part;
      with failed as (
        update delivery d set state = 'failed', error_code = 'send_limit',
          error_message = 'the sender address has sent as much as it may today'
        from unnest(p_results) r
        where r.fresh and d.conversation = r.conversation and d.seq = r.seq and lower(d.sender) = v_each.sender
        returning d.id
      )
      delete from outbox o using failed f where o.delivery = f.id;
    end if;
  end loop;
end
$$;
