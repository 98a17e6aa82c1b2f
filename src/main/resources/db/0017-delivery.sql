--liquibase formatted sql

--changeset parley:0017-queue
-- A mailbox is the same in whatever case it is written.
create or replace function delivery_queue(p_route text, p_sender text, p_recipient text) returns bigint
language sql immutable parallel safe as $$
  select hashtextextended(p_route || chr(31) || lower(p_sender) || chr(31) || lower(p_recipient), 0)
$$;
--rollback create or replace function delivery_queue(p_route text, p_sender text, p_recipient text) returns bigint
--rollback language sql immutable parallel safe as $$
--rollback   select hashtextextended(p_route || chr(31) || p_sender || chr(31) || p_recipient, 0)
--rollback $$;

--changeset parley:0017-queued
update outbox o set queue = delivery_queue(o.route, d.sender, d.recipient)
from delivery d where d.id = o.delivery and o.route = 'email';
--rollback select 1;

--changeset parley:0017-deliveries-of
-- As before, but that what was ever on its way does not go back to being queued.
create or replace function deliveries_of(p_conversation bigint, p_seq bigint) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'id', d.id, 'party', p.id, 'kind', p.kind, 'handle', p.handle, 'name', p.name, 'channel', d.channel, 'provider', d.provider,
      'state', case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end,
      'attempts', d.attempts, 'unknown', d.unknown, 'code', d.error_code, 'message', d.error_message, 'at', d.updated_at)) order by d.id)
  from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
  where d.conversation = p_conversation and d.seq = p_seq
$$;
--rollback create or replace function deliveries_of(p_conversation bigint, p_seq bigint) returns jsonb language sql stable as $$
--rollback   select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
--rollback       'id', d.id, 'party', p.id, 'kind', p.kind, 'handle', p.handle, 'name', p.name, 'channel', d.channel, 'provider', d.provider,
--rollback       'state', case when d.state = 'queued' and o.leased_until > clock_timestamp() then 'sending' else d.state end,
--rollback       'attempts', d.attempts, 'unknown', d.unknown, 'code', d.error_code, 'message', d.error_message, 'at', d.updated_at)) order by d.id)
--rollback   from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
--rollback   where d.conversation = p_conversation and d.seq = p_seq
--rollback $$;

--changeset parley:0017-hear splitStatements:false
-- Moves deliveries by what providers say of them afterwards. Whoever is heard before the attempt was settled ends it, so
-- it counts: under the locks that decide which of the two came first.
create function hear_deliveries(
  p_delivery bigint[], p_lease bigint[], p_state text[], p_provider text[], p_reference text[], p_code text[],
  p_message text[], p_pause_ms bigint[], p_asked boolean[], p_unknown boolean[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_asked boolean[];
begin
  perform from (
    select c.id from conversation c
    where c.id in (select d.conversation from delivery d where d.id = any (p_delivery))
    order by c.id for no key update
  ) l;
  perform from (select o.delivery from outbox o where o.delivery = any (p_delivery) order by o.delivery for update) l;
  v_asked := array(
    select exists (select from outbox o where o.delivery = t.delivery and o.leased_until is not null)
    from unnest(p_delivery) with ordinality as t (delivery, idx) order by t.idx);
  return query
  select m.delivery, m.conversation, m.seq, m.rev
  from move_deliveries(
    p_delivery, p_lease, p_state, p_provider, p_reference, p_code, p_message, p_pause_ms, v_asked, p_unknown) m;
end
$$;
--rollback drop function hear_deliveries;

--changeset parley:0017-find-places splitStatements:false rollbackSplitStatements:false
-- Where messages of people outside belong, as before, but for the case of our side.
create or replace function find_places(p_sender text[], p_recipient text[], p_source text[], p_side text[], p_id text[])
returns table (from_id bigint, from_name text, to_id bigint, to_name text, known bigint, known_seq bigint, conversation bigint)
language plpgsql
stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select f.id, f.name, t.id, t.name, n.conversation, n.seq,
    coalesce((
      select m.conversation from member m join conversation g on g.id = m.conversation
      where l.source is not null and m.party = f.id and lower(m.via) = lower(l.side) and g.kind = 'group' limit 1
    ), c.id)
  from unnest(p_sender, p_recipient, p_source, p_side, p_id) with ordinality as l (sender, recipient, source, side, id, idx)
  left join lateral (select p.id, p.name from party p where p.handle = l.sender offset 0) f on true
  left join lateral (select p.id, p.name from party p where p.handle = l.recipient offset 0) t on true
  left join lateral (
    select x.id from conversation x
    where x.audience_key = 'external:' || least(f.id, t.id) || ':' || greatest(f.id, t.id) and f.id is not null and t.id is not null offset 0
  ) c on true
  left join lateral (select i.conversation, i.seq from inbound i where i.source = l.source and i.id = l.id offset 0) n on true
  order by l.idx;
end
$$;
--rollback create or replace function find_places(p_sender text[], p_recipient text[], p_source text[], p_side text[], p_id text[])
--rollback returns table (from_id bigint, from_name text, to_id bigint, to_name text, known bigint, known_seq bigint, conversation bigint)
--rollback language plpgsql
--rollback stable
--rollback set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
--rollback as $$
--rollback #variable_conflict use_column
--rollback begin
--rollback   return query
--rollback   select f.id, f.name, t.id, t.name, n.conversation, n.seq,
--rollback     coalesce((
--rollback       select m.conversation from member m join conversation g on g.id = m.conversation
--rollback       where l.source is not null and m.party = f.id and m.via = l.side and g.kind = 'group' limit 1
--rollback     ), c.id)
--rollback   from unnest(p_sender, p_recipient, p_source, p_side, p_id) with ordinality as l (sender, recipient, source, side, id, idx)
--rollback   left join lateral (select p.id, p.name from party p where p.handle = l.sender offset 0) f on true
--rollback   left join lateral (select p.id, p.name from party p where p.handle = l.recipient offset 0) t on true
--rollback   left join lateral (
--rollback     select x.id from conversation x
--rollback     where x.audience_key = 'external:' || least(f.id, t.id) || ':' || greatest(f.id, t.id) and f.id is not null and t.id is not null offset 0
--rollback   ) c on true
--rollback   left join lateral (select i.conversation, i.seq from inbound i where i.source = l.source and i.id = l.id offset 0) n on true
--rollback   order by l.idx;
--rollback end
--rollback $$;
