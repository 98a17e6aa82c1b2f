--liquibase formatted sql

--changeset parley:count_sends runOnChange:true splitStatements:false
-- Counts the deliveries of items that were just stored against the daily limit of their sender addresses, exactly over all
-- nodes. The limit is a setting of the gateway, which passes it with every connection. Called last in the transaction, because
-- other sends from the same address wait for its row until the commit; addresses are counted in a fixed order, so that batches
-- do not deadlock.
--
-- Beyond the limit the transaction is undone with SQLState PY429. The items of a batch are then sent separately, so that only
-- those beyond the limit are refused. A received message has nobody to refuse: it is stored, and its deliveries have failed.
create or replace function count_sends(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_limit bigint := coalesce(nullif(current_setting('parley.sends_per_day', true), '')::bigint, 0);
  v_today date := (clock_timestamp() at time zone 'UTC')::date;
  v_each record;
  v_sent bigint;
begin
  if v_limit = 0 then
    return;
  end if;
  for v_each in
    select lower(d.sender) collate "C" as sender, count(*) as deliveries, count(distinct (d.conversation, d.seq)) as items,
      bool_and(i.direction is not distinct from 'inbound') as received
    from unnest(p_results) r
    join item i on i.conversation = r.conversation and i.seq = r.seq
    join delivery d on d.conversation = i.conversation and d.seq = i.seq
    where r.fresh group by 1 order by 1
  loop
    insert into sent_today as s (sender, day, deliveries) values (v_each.sender, v_today, v_each.deliveries)
    on conflict (sender) do update set
      day = greatest(s.day, excluded.day),
      deliveries = excluded.deliveries + case when s.day >= excluded.day then s.deliveries else 0 end
    returning deliveries into v_sent;

    if v_sent > v_limit then
      if not v_each.received or v_each.items > 1 then
        raise exception 'the daily limit of a sender address is reached' using errcode = 'PY429';
      end if;
      update sent_today s set deliveries = s.deliveries - v_each.deliveries where s.sender = v_each.sender;
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
