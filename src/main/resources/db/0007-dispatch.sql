--liquibase formatted sql

--changeset parley:0007-outbox
-- Who was asked under the lease: should it end without an answer, nobody else may be asked. Pending rows are found by
-- when they are due; those behind another of their queue are parked at infinity until that one is over.
alter table outbox add column asked text;
create index outbox_due on outbox (route, due_at, delivery);
create index delivery_over on delivery (id) where state in ('failed', 'expired');
--rollback drop index delivery_over; drop index outbox_due; alter table outbox drop column asked;

--changeset parley:0007-item-statistics
-- Where most conversations have one item, the planner thinks any index that begins with the conversation as good as the one
-- that goes on with seq, and walks over all items of a long one to find one. So tell it of fifty.
alter table item alter column conversation set (n_distinct = -0.02);
--rollback alter table item alter column conversation reset (n_distinct);

--changeset parley:0007-early-status
-- What providers said of messages whose reference was not known yet: kept a while, applied when it is.
create table early_status (
  id bigint primary key generated always as identity,
  provider text not null,
  reference text not null,
  state text not null check (state in ('sent', 'delivered', 'failed')),
  code text,
  message text,
  at timestamptz not null default clock_timestamp()
);
create unique index early_status_reference on early_status (provider, reference, state);
--rollback drop table early_status;

--changeset parley:0007-delivery-rank splitStatements:false
-- Nothing goes back to a smaller rank.
create function delivery_rank(p_state text) returns integer language sql immutable parallel safe as $$
  select case p_state when 'queued' then 0 when 'sending' then 1 when 'sent' then 2 when 'delivered' then 4 else 3 end
$$;
--rollback drop function delivery_rank;

--changeset parley:0007-delivery-queue splitStatements:false
-- Which queue a delivery waits in: those of one route from one sender to one recipient leave one after the other.
create function delivery_queue(p_route text, p_sender text, p_recipient text) returns bigint
language sql immutable parallel safe as $$
  select hashtextextended(p_route || chr(31) || p_sender || chr(31) || p_recipient, 0)
$$;
--rollback drop function delivery_queue;

--changeset parley:0007-claim splitStatements:false
-- Takes what is due, a batch in one go: locks it first, and only then, with a fresh snapshot, looks whether each is the
-- first of its queue. One that is not is parked, so that it is walked over once; whoever settles the one before wakes it.
-- A row whose lease ran out counts as an attempt whose end nobody knows, and stays with whom was asked.
create function claim_deliveries(
  p_provider text, p_route text, p_fresh boolean, p_limit integer, p_lease_ms bigint,
  p_floor_at timestamptz, p_floor bigint)
returns table (
  delivery bigint, lease bigint, due_at timestamptz, channel text, sender text, recipient text, attempts integer,
  redrives integer, expires_at timestamptz, body text, payload jsonb, deleted boolean, created_at timestamptz)
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
  v_all_heads boolean;
begin
  for round in 1..8 loop
    select array_agg(x.delivery), max(x.due_at) into v_found, v_last_at
    from (
      select o.delivery, o.due_at from outbox o
      where o.route = p_route and (o.due_at, o.delivery) > (v_last_at, v_last) and o.due_at <= v_now
        and (o.leased_until is null or o.leased_until < v_now)
        and case
          when o.bound_to is not null then o.bound_to = p_provider
          when o.leased_until is not null then o.asked = p_provider
          else p_fresh
        end
      order by o.due_at, o.delivery limit v_window for update skip locked
    ) x;
    exit when v_found is null;
    select max(o.delivery) into v_last from outbox o where o.delivery = any (v_found) and o.due_at = v_last_at;

    select array_agg(o.delivery order by o.due_at, o.delivery), array_agg(o.delivery) filter (where o.leased_until is not null) into v_taken, v_lost
    from outbox o
    where o.delivery = any (v_found)
      and not exists (select from outbox e where e.queue = o.queue and e.delivery < o.delivery);
    v_all_heads := coalesce(cardinality(v_taken), 0) = cardinality(v_found);

    if not v_all_heads then
      update outbox o set due_at = 'infinity'
      where o.delivery = any (v_found) and o.delivery <> all (coalesce(v_taken, '{}'));
    end if;
    v_taken := v_taken[1:v_left];
    v_lost := array(select l from unnest(v_lost) l where l = any (v_taken));
    if cardinality(v_lost) > 0 then
      update delivery d set attempts = d.attempts + 1, unknown = d.unknown + 1 where d.id = any (v_lost);
    end if;
    if v_taken is not null then
      update outbox o set lease = o.lease + 1, leased_until = v_now + p_lease_ms * interval '1 ms', asked = p_provider,
        bound_to = coalesce(o.bound_to, case when o.leased_until is not null then o.asked end)
      where o.delivery = any (v_taken);
      v_all := v_all || v_taken;
    end if;
    v_left := v_left - coalesce(cardinality(v_taken), 0);
    exit when v_left <= 0 or v_all_heads;
    v_window := 500;
  end loop;

  return query
  select o.delivery, o.lease, o.due_at, d.channel, d.sender, d.recipient, d.attempts, d.redrives, d.expires_at,
    i.body, i.payload, i.deleted, i.created_at
  from outbox o join delivery d on d.id = o.delivery join item i on i.conversation = d.conversation and i.seq = d.seq
  where o.delivery = any (v_all) order by o.due_at, o.delivery;
end
$$;
--rollback drop function claim_deliveries;

--changeset parley:0007-move splitStatements:false
-- Moves deliveries on, a batch in one go. Locks their conversations first, in order, then their rows, and only then
-- decides which may still be moved:
--   lease >= 0   those that are held under this very lease
--   lease = -1   those that nobody holds
--   lease = -2   whatever happens to the message, as long as the state does not go back
-- State 'again' is another try. Each item that changes takes a rev of its conversation; the next of the queue is due.
create function move_deliveries(
  p_delivery bigint[], p_lease bigint[], p_state text[], p_provider text[], p_reference text[], p_code text[],
  p_message text[], p_pause_ms bigint[], p_asked boolean[], p_unknown boolean[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  perform from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update
  ) l;
  perform from (select o.delivery from outbox o where o.delivery = any (p_delivery) order by o.delivery for update) l;
  v_now := clock_timestamp();

  return query
  with input as (
    select * from unnest(p_delivery, p_lease, p_state, p_provider, p_reference, p_code, p_message, p_pause_ms, p_asked, p_unknown)
      with ordinality as t (delivery, lease, state, provider, reference, code, message, pause_ms, asked, unknown, idx)
  ), held as materialized (
    select i.*, d.conversation, d.seq, d.state as was, o.queue, o.delivery is not null as pending,
      row_number() over (partition by i.delivery order by delivery_rank(i.state) desc, i.idx) as nth,
      case when i.reference is not null
        and not exists (select from delivery x where x.provider = i.provider and x.reference = i.reference and x.id <> i.delivery)
        and row_number() over (partition by i.provider, i.reference order by i.idx) = 1 then i.reference end as own_reference
    from input i
    left join lateral (select d.* from delivery d where d.id = i.delivery offset 0) d on true
    left join lateral (select o.* from outbox o where o.delivery = i.delivery offset 0) o on true
    where d.id is not null and case
      when i.lease = -2 then delivery_rank(i.state) > delivery_rank(d.state)
      when i.lease = -1 then o.delivery is not null and coalesce(o.leased_until < v_now, true)
      else o.lease = i.lease and o.leased_until is not null
    end
  ), met as materialized (
    select h.*, e.state is not null as overtaken, coalesce(e.state, h.state) as final,
      coalesce(e.code, h.code) as final_code, coalesce(e.message, h.message) as final_message
    from held h
    left join lateral (
      select e.* from early_status e
      where h.state = 'sent' and e.provider = h.provider and e.reference = h.reference
      order by delivery_rank(e.state) desc limit 1
    ) e on true
    where h.nth = 1
  ), numbered as materialized (
    select m.delivery, m.conversation, m.seq, c.rev + dense_rank() over (partition by m.conversation order by m.seq) as rev,
      greatest(c.active_at, date_trunc('milliseconds', v_now)) as now
    from met m join lateral (select c.* from conversation c where c.id = m.conversation offset 0) c on true
  ), told as materialized (
    select distinct n.conversation, n.seq, n.rev, n.now from numbered n
  ), bumped as (
    update conversation c set rev = b.rev from (select t.conversation, max(t.rev) as rev from told t group by t.conversation) b
    where c.id = b.conversation
  ), noted as (
    insert into change (conversation, kind, subject, rev, at)
    select t.conversation, 'item', t.seq, t.rev, t.now from told t
    on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
  ), touched as (
    update item i set rev = t.rev, updated_at = t.now from told t where i.conversation = t.conversation and i.seq = t.seq
  ), moved as (
    update delivery d set
      state = case when m.final = 'again' then 'sending' else m.final end,
      provider = coalesce(m.provider, d.provider),
      reference = coalesce(d.reference, m.own_reference),
      attempts = greatest(d.attempts + m.asked::integer, case when m.lease = -2 then 1 else 0 end),
      unknown = d.unknown + m.unknown::integer,
      error_code = case when m.final in ('failed', 'expired', 'again') then m.final_code end,
      error_message = case when m.final in ('failed', 'expired', 'again') then m.final_message end,
      updated_at = date_trunc('milliseconds', v_now)
    from met m where d.id = m.delivery
  ), again as (
    update outbox o set due_at = v_now + m.pause_ms * interval '1 ms', leased_until = null, asked = null,
      bound_to = case when m.unknown then m.provider else o.bound_to end
    from met m where m.state = 'again' and o.delivery = m.delivery
  ), gone as (
    delete from outbox o using met m where m.state <> 'again' and o.delivery = m.delivery
  ), woken as (
    update outbox n set due_at = least(n.due_at, v_now)
    from (
      select distinct w.delivery from met m,
        lateral (select o.delivery from outbox o where o.queue = m.queue and o.delivery > m.delivery
          and o.delivery <> all (p_delivery) order by o.delivery limit 1) w
      where m.pending and m.state <> 'again'
    ) x
    where n.delivery = x.delivery and n.leased_until is null
  ), used as (
    delete from early_status e
    using met m, lateral (
      select k.id from early_status k where k.provider = m.provider and k.reference = m.reference offset 0) x
    where m.overtaken and e.id = x.id
  )
  select n.delivery, n.conversation, n.seq, n.rev from numbered n order by n.conversation, n.rev, n.delivery;
end
$$;
--rollback drop function move_deliveries;

--changeset parley:0007-redrive splitStatements:false
-- Sends anew what failed or expired: under the next redrive number, with all attempts and as much time as at first.
create function redrive_deliveries(p_delivery bigint[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  perform from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update
  ) l;
  v_now := clock_timestamp();

  return query
  with held as materialized (
    select d.* from delivery d where d.id = any (p_delivery) and d.state in ('failed', 'expired')
  ), numbered as materialized (
    select h.id, h.conversation, h.seq, c.rev + dense_rank() over (partition by h.conversation order by h.seq) as rev,
      greatest(c.active_at, date_trunc('milliseconds', v_now)) as now
    from held h join lateral (select c.* from conversation c where c.id = h.conversation offset 0) c on true
  ), told as materialized (
    select distinct n.conversation, n.seq, n.rev, n.now from numbered n
  ), bumped as (
    update conversation c set rev = b.rev from (select t.conversation, max(t.rev) as rev from told t group by t.conversation) b
    where c.id = b.conversation
  ), noted as (
    insert into change (conversation, kind, subject, rev, at)
    select t.conversation, 'item', t.seq, t.rev, t.now from told t
    on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
  ), touched as (
    update item i set rev = t.rev, updated_at = t.now from told t where i.conversation = t.conversation and i.seq = t.seq
  ), queued as (
    insert into outbox (delivery, route, queue, due_at)
    select h.id, r.route, delivery_queue(r.route, h.sender, h.recipient), v_now
    from held h, lateral (select case when h.channel = 'email' then 'email' else 'sms' end as route) r
  ), moved as (
    update delivery d set state = 'queued', redrives = d.redrives + 1, attempts = 0, unknown = 0, reference = null,
      error_code = null, error_message = null, updated_at = date_trunc('milliseconds', v_now),
      expires_at = v_now + greatest(d.expires_at - d.created_at, interval '1 second')
    from held h where d.id = h.id
  )
  select n.id, n.conversation, n.seq, n.rev from numbered n order by n.conversation, n.rev, n.id;
end
$$;
--rollback drop function redrive_deliveries;
