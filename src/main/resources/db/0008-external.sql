--liquibase formatted sql

--changeset parley:0008-external
-- The conversations that agents hold with people outside, in the order of their lists. Beside the conversation, whose own
-- row must stay free of an index on what changes.
create table external (
  conversation bigint primary key references conversation (id),
  active_at timestamptz not null
) with (fillfactor = 70);
create index external_active on external (active_at, conversation);
--rollback drop table external;

--changeset parley:0008-reading
-- How far agents have read where they are no members.
create table reading (
  conversation bigint not null references conversation (id),
  party bigint not null references party (id),
  read_seq bigint not null,
  primary key (conversation, party)
) with (fillfactor = 80);
--rollback drop table reading;

--changeset parley:0008-inbound
-- What came from outside, by what its provider calls it, each kind of source for itself: once, wherever it was put.
create table inbound (
  source text not null check (source in ('sms', 'email')),
  id text not null,
  conversation bigint not null,
  seq bigint not null,
  primary key (source, id),
  foreign key (conversation, seq) references item (conversation, seq)
);
--rollback drop table inbound;

--changeset parley:0008-member-via
-- who is reached from where: an address and a side of ours are in one group at most
create index member_via on member (party, via) where via is not null;
--rollback drop index member_via;

--changeset parley:0008-deliveries-of splitStatements:false
-- What became of an item for each who is reached by a channel, as the item shows it.
create function deliveries_of(p_conversation bigint, p_seq bigint) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'id', d.id, 'party', p.id, 'kind', p.kind, 'handle', p.handle, 'name', p.name, 'channel', d.channel, 'provider', d.provider,
      'state', case when d.state = 'queued' and o.leased_until > clock_timestamp() then 'sending' else d.state end,
      'attempts', d.attempts, 'unknown', d.unknown, 'code', d.error_code, 'message', d.error_message, 'at', d.updated_at)) order by d.id)
  from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
  where d.conversation = p_conversation and d.seq = p_seq
$$;
--rollback drop function deliveries_of;

--changeset parley:0008-send-out splitStatements:false
-- What follows from items just stored where somebody is reached by a channel: their deliveries, who was written to last
-- from where, when agents last had something to look at, and what the provider calls what came in.
-- An item goes to whom it names, or else to all members who have a side of ours to be reached from, but its author.
create function send_out(p_results append_result[]) returns void
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

  insert into inbound (source, id, conversation, seq)
  select i.payload #>> '{mail,source}', i.payload #>> '{mail,id}', i.conversation, i.seq
  from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq
  where r.fresh and i.payload #>> '{mail,id}' is not null;
end
$$;
--rollback drop function send_out;

--changeset parley:0008-ensure-address splitStatements:false
-- The party that an address is. Look first: a number taken in vain is a hole in the numbering.
create function ensure_address(p_kind text, p_handle text, p_address text) returns bigint language plpgsql as $$
declare
  v_id bigint;
begin
  select p.id into v_id from party p where p.handle = p_handle;
  if v_id is null then
    insert into party (kind, handle, name, address) values (p_kind, p_handle, p_address, p_address)
    on conflict (handle) do nothing returning id into v_id;
    if v_id is null then
      select p.id into v_id from party p where p.handle = p_handle;
    end if;
  end if;
  return v_id;
end
$$;
--rollback drop function ensure_address;

--changeset parley:0008-open-external splitStatements:false
-- The conversation of two addresses, whoever wrote first, made by whoever comes first. Look first, and lock only to make.
create function open_external(p_contact bigint, p_side bigint, p_channel text, p_via text)
returns table (id bigint, created boolean)
language plpgsql
as $$
#variable_conflict use_column
declare
  v_key text := 'external:' || least(p_contact, p_side) || ':' || greatest(p_contact, p_side);
  v_now timestamptz;
  v_id bigint;
begin
  select c.id into v_id from conversation c where c.audience_key = v_key;
  if v_id is null then
    perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
    select c.id into v_id from conversation c where c.audience_key = v_key;
  end if;
  if v_id is not null then
    return query select v_id, false;
    return;
  end if;
  v_id := next_conversation();
  v_now := date_trunc('milliseconds', clock_timestamp());
  insert into conversation (id, kind, audience_key, rev, member_count, outside, created_at, active_at)
  values (v_id, 'external', v_key, 1, 2, true, v_now, v_now);
  insert into member (conversation, party, channel, via, joined_at)
  values (v_id, p_side, p_channel, null, v_now), (v_id, p_contact, p_channel, p_via, v_now);
  insert into change (conversation, kind, subject, rev, at) values (v_id, 'conversation', 0, 1, v_now);
  insert into external (conversation, active_at) values (v_id, v_now);
  return query select v_id, true;
end
$$;
--rollback drop function open_external;
