--liquibase formatted sql

--changeset parley:route_items runOnChange:true splitStatements:false
-- Does, in the commit of items that were just stored, everything that follows from them where somebody is reached through a
-- channel. append_items calls it for batches with such a conversation only.
create or replace function route_items(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform create_deliveries(p_results);

  -- replies in an external conversation go to the address used last, from the sender address used last
  update member m set channel = l.channel, via = case when m.party = l.contact then l.via end
  from (
    select distinct on (i.conversation) i.conversation, (i.payload #>> '{mail,contact}')::bigint as contact,
      i.payload #>> '{mail,via}' as via, channel_route(i.channel) as channel
    from unnest(p_results) r
    join item i on i.conversation = r.conversation and i.seq = r.seq and i.payload ? 'mail'
    join conversation c on c.id = i.conversation and c.kind = 'external'
    where r.fresh order by i.conversation, i.seq desc
  ) l
  where m.conversation = l.conversation and (m.party = l.contact) is distinct from (m.via is not null);

  -- the order of the agents' list
  insert into external (conversation, active_at)
  select c.id, max(r.at) from unnest(p_results) r join conversation c on c.id = r.conversation and c.kind = 'external'
  where r.fresh group by c.id order by c.id
  on conflict (conversation) do update set active_at = excluded.active_at;

  -- an agent who writes, or sends from one of our addresses, has read what came before
  insert into reading as r (conversation, party, read_seq)
  select i.conversation, coalesce(i.sent_by, i.author), max(i.seq)
  from unnest(p_results) x
  join conversation c on c.id = x.conversation and c.kind = 'external'
  join item i on i.conversation = x.conversation and i.seq = x.seq
  where x.fresh and not exists (
    select from member m where m.conversation = i.conversation and m.party = coalesce(i.sent_by, i.author))
  group by 1, 2 order by 1, 2
  on conflict (conversation, party) do update set read_seq = excluded.read_seq where r.read_seq < excluded.read_seq;

  -- the provider's id of a message that was received: a second copy violates the primary key and is found by its id
  insert into inbound (source, id, conversation, seq)
  select i.payload #>> '{mail,source}', i.payload #>> '{mail,id}', i.conversation, i.seq
  from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq
  where r.fresh and i.payload #>> '{mail,id}' is not null;

  -- the idempotency key of a send: if its caller has used it for any other request, the primary key undoes the whole append
  insert into request (caller, key, operation, request, result, seq)
  select x.caller, x.key, x.operation, x.request, i.conversation, i.seq
  from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq,
    jsonb_to_record(i.payload #> '{mail,request}') as x (caller bigint, key text, operation text, request uuid)
  where r.fresh and i.client_id is not null and i.payload #> '{mail,request}' is not null;

  perform count_sends(p_results);
end
$$;
