--liquibase formatted sql

--changeset parley:0015-send-out splitStatements:false rollbackSplitStatements:false
-- What follows from items just stored where somebody is reached by a channel: their deliveries, who was written to last
-- from where, when agents last had something to look at, how
-- far the agent who wrote has read, and what the provider calls what came in.
-- An item goes to whom it names, or else to all members who have a side of ours to be reached from, but its author.
create or replace function send_out(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  with fresh as (
    select i.conversation, i.seq, i.author, i.created_at, i.channel, i.payload -> 'mail' as mail, coalesce(i.payload ? 'attachments', false) as files
    from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq where r.fresh and i.routed
  ), recipient as (
    select f.conversation, f.seq, f.created_at, (f.mail ->> 'contact')::bigint as party, f.channel, f.mail ->> 'via' as sender,
      f.mail ->> 'to' as recipient
    from fresh f where f.mail ->> 'direction' = 'outbound'
    union all
    select f.conversation, f.seq, f.created_at, m.party, case when m.channel = 'sms' and f.files then 'mms' else m.channel end, m.via,
      coalesce(p.address, p.handle)
    from fresh f join member m on m.conversation = f.conversation join party p on p.id = m.party
    where coalesce(f.mail ->> 'direction', '') <> 'outbound' and m.via is not null and m.party <> f.author
  ), made as (
    insert into delivery (conversation, seq, party, channel, sender, recipient, created_at, updated_at, expires_at)
    select x.conversation, x.seq, x.party, x.channel, x.sender, x.recipient, x.created_at, x.created_at, x.created_at + interval '1 day'
    from recipient x order by x.conversation, x.seq, x.party
    returning id, channel, sender, recipient
  )
  insert into outbox (delivery, route, queue, due_at)
  select d.id, r.route, delivery_queue(r.route, d.sender, d.recipient), clock_timestamp()
  from made d, lateral (select case when d.channel = 'email' then 'email' else 'sms' end as route) r;

  update member m set channel = l.channel, via = case when m.party = l.contact then l.via end
  from (
    select distinct on (i.conversation) i.conversation, (i.payload #>> '{mail,contact}')::bigint as contact, i.payload #>> '{mail,via}' as via,
      case when i.channel = 'email' then 'email' else 'sms' end as channel
    from unnest(p_results) r
    join item i on i.conversation = r.conversation and i.seq = r.seq and i.payload ? 'mail'
    join conversation c on c.id = i.conversation and c.kind = 'external'
    where r.fresh order by i.conversation, i.seq desc
  ) l
  where m.conversation = l.conversation and (m.party = l.contact) is distinct from (m.via is not null);

  insert into external (conversation, active_at)
  select c.id, max(r.at) from unnest(p_results) r join conversation c on c.id = r.conversation and c.kind = 'external'
  where r.fresh group by c.id order by c.id
  on conflict (conversation) do update set active_at = excluded.active_at;

  insert into reading as r (conversation, party, read_seq)
  select i.conversation, i.author, max(i.seq)
  from unnest(p_results) x
  join conversation c on c.id = x.conversation and c.kind = 'external'
  join item i on i.conversation = x.conversation and i.seq = x.seq
  where x.fresh and not exists (select from member m where m.conversation = i.conversation and m.party = i.author)
  group by i.conversation, i.author order by 1, 2
  on conflict (conversation, party) do update set read_seq = excluded.read_seq where r.read_seq < excluded.read_seq;

  insert into inbound (source, id, conversation, seq)
  select i.payload #>> '{mail,source}', i.payload #>> '{mail,id}', i.conversation, i.seq
  from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq
  where r.fresh and i.payload #>> '{mail,id}' is not null;
end
$$;
--rollback create or replace function send_out(p_results append_result[]) returns void
--rollback language plpgsql
--rollback set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
--rollback as $$
--rollback begin
--rollback   with fresh as (
--rollback     select i.conversation, i.seq, i.author, i.created_at, i.channel, i.payload -> 'mail' as mail, coalesce(i.payload ? 'attachments', false) as files
--rollback     from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq where r.fresh and i.routed
--rollback   ), recipient as (
--rollback     select f.conversation, f.seq, f.created_at, (f.mail ->> 'contact')::bigint as party, f.channel, f.mail ->> 'via' as sender,
--rollback       f.mail ->> 'to' as recipient
--rollback     from fresh f where f.mail ->> 'direction' = 'outbound'
--rollback     union all
--rollback     select f.conversation, f.seq, f.created_at, m.party, case when m.channel = 'sms' and f.files then 'mms' else m.channel end, m.via,
--rollback       coalesce(p.address, p.handle)
--rollback     from fresh f join member m on m.conversation = f.conversation join party p on p.id = m.party
--rollback     where coalesce(f.mail ->> 'direction', '') <> 'outbound' and m.via is not null and m.party <> f.author
--rollback   ), made as (
--rollback     insert into delivery (conversation, seq, party, channel, sender, recipient, created_at, updated_at, expires_at)
--rollback     select x.conversation, x.seq, x.party, x.channel, x.sender, x.recipient, x.created_at, x.created_at, x.created_at + interval '1 day'
--rollback     from recipient x order by x.conversation, x.seq, x.party
--rollback     returning id, channel, sender, recipient
--rollback   )
--rollback   insert into outbox (delivery, route, queue, due_at)
--rollback   select d.id, r.route, delivery_queue(r.route, d.sender, d.recipient), clock_timestamp()
--rollback   from made d, lateral (select case when d.channel = 'email' then 'email' else 'sms' end as route) r;
--rollback   update member m set channel = l.channel, via = case when m.party = l.contact then l.via end
--rollback   from (
--rollback     select distinct on (i.conversation) i.conversation, (i.payload #>> '{mail,contact}')::bigint as contact, i.payload #>> '{mail,via}' as via,
--rollback       case when i.channel = 'email' then 'email' else 'sms' end as channel
--rollback     from unnest(p_results) r
--rollback     join item i on i.conversation = r.conversation and i.seq = r.seq and i.payload ? 'mail'
--rollback     join conversation c on c.id = i.conversation and c.kind = 'external'
--rollback     where r.fresh order by i.conversation, i.seq desc
--rollback   ) l
--rollback   where m.conversation = l.conversation and (m.party = l.contact) is distinct from (m.via is not null);
--rollback   insert into external (conversation, active_at)
--rollback   select c.id, max(r.at) from unnest(p_results) r join conversation c on c.id = r.conversation and c.kind = 'external'
--rollback   where r.fresh group by c.id order by c.id
--rollback   on conflict (conversation) do update set active_at = excluded.active_at;
--rollback   insert into inbound (source, id, conversation, seq)
--rollback   select i.payload #>> '{mail,source}', i.payload #>> '{mail,id}', i.conversation, i.seq
--rollback   from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq
--rollback   where r.fresh and i.payload #>> '{mail,id}' is not null;
--rollback end
--rollback $$;
