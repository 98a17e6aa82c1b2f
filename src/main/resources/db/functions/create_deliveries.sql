--liquibase formatted sql

--changeset parley:create_deliveries runOnChange:true splitStatements:false
-- Creates the deliveries of items that were just stored, and queues them. An item that names its recipient goes there; any
-- other goes to every member, except its author, who is reached from one of our sender addresses.
create or replace function create_deliveries(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  with fresh as (
    select i.conversation, i.seq, i.author, i.created_at, i.channel, i.payload -> 'mail' as mail,
      coalesce(i.payload ? 'attachments', false) as attaches
    from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq
    where r.fresh and i.routed
  ), addressed as (
    select f.conversation, f.seq, f.created_at, (f.mail ->> 'contact')::bigint as party, f.channel,
      f.mail ->> 'via' as sender, f.mail ->> 'to' as recipient
    from fresh f where f.mail ->> 'direction' = 'outbound'
    union all
    select f.conversation, f.seq, f.created_at, m.party,
      case when m.channel = 'sms' and f.attaches then 'mms' else m.channel end, m.via, coalesce(p.address, p.handle)
    from fresh f join member m on m.conversation = f.conversation join party p on p.id = m.party
    where coalesce(f.mail ->> 'direction', '') <> 'outbound' and m.via is not null and m.party <> f.author
  ), created as (
    insert into delivery (conversation, seq, party, channel, sender, recipient, created_at, updated_at, expires_at)
    select a.conversation, a.seq, a.party, a.channel, a.sender, a.recipient, a.created_at, a.created_at,
      a.created_at + delivery_lifetime()
    from addressed a order by a.conversation, a.seq, a.party
    returning id, channel, sender, recipient
  )
  insert into outbox (delivery, route, queue, due_at)
  select c.id, r.route, delivery_queue(r.route, c.sender, c.recipient), clock_timestamp()
  from created c, lateral (select channel_route(c.channel) as route) r;
end
$$;
