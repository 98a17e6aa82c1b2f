--liquibase formatted sql

--changeset parley:0002-conversation
-- A conversation is a timeline: last_seq counts its items, rev every change, messages the items of type message.
-- Hot columns carry no index, and the page keeps room, so that an append updates the row in place. "outside": somebody in
-- it is reached by a channel.
create table conversation (
  id bigint primary key,
  kind text not null check (kind in ('direct', 'group', 'external')),
  name text check (name <> ''),
  owner bigint references party (id),
  audience_key text unique,
  last_seq bigint not null default 0 check (last_seq >= 0),
  rev bigint not null default 0 check (rev >= last_seq),
  messages bigint not null default 0 check (messages between 0 and last_seq),
  member_count integer not null default 0 check (member_count >= 0),
  outside boolean not null default false,
  created_at timestamptz not null,
  active_at timestamptz not null,
  check ((kind = 'group') = (name is not null))
) with (fillfactor = 70);
-- ids are dense: the next one is taken in the transaction that uses it
create table conversation_counter (last bigint not null);
insert into conversation_counter values (0);

create table member (
  conversation bigint not null references conversation (id),
  party bigint not null references party (id),
  role text not null default 'member' check (role in ('owner', 'member')),
  channel text not null default 'chat' check (channel in ('chat', 'sms', 'email')),
  via text,
  read_seq bigint not null default 0 check (read_seq >= 0),
  delivered_seq bigint not null default 0 check (delivered_seq >= 0),
  joined_at timestamptz not null,
  primary key (conversation, party)
) with (fillfactor = 80);
create index member_party on member (party, conversation);
--rollback drop table member; drop table conversation_counter; drop table conversation;

--changeset parley:0002-item
-- without channel and direction an item is chat and internal; "routed": it has deliveries
create table item (
  conversation bigint not null references conversation (id),
  seq bigint not null check (seq > 0),
  created_rev bigint not null,
  rev bigint not null,
  message_no bigint,
  author bigint not null references party (id),
  type text not null check (type in ('message', 'attachment', 'post', 'transfer')),
  channel text check (channel in ('sms', 'mms', 'email')),
  direction text check (direction in ('inbound', 'outbound')),
  routed boolean,
  body text,
  payload jsonb,
  reply_to bigint check (reply_to between 1 and seq - 1),
  reactions jsonb,
  client_id text,
  key uuid not null,
  request uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted boolean not null default false,
  primary key (conversation, seq),
  check ((type = 'message') = (message_no is not null))
) with (fillfactor = 95);
-- one item for one key, which holds its author and what the author called it
create unique index item_key on item (conversation, key);
create unique index item_message on item (conversation, message_no) where message_no is not null;
create index item_other on item (conversation, type, seq) where type <> 'message';
--rollback drop table item;

--changeset parley:0002-change
-- Where each thing of a conversation last changed: item (seq), member and receipt (party), conversation (0).
create table change (
  conversation bigint not null references conversation (id),
  kind text not null check (kind in ('item', 'member', 'receipt', 'conversation')),
  subject bigint not null,
  rev bigint not null,
  at timestamptz not null,
  primary key (conversation, kind, subject)
) with (fillfactor = 80);
create index change_rev on change (conversation, rev);
--rollback drop table change;

--changeset parley:0002-request
-- Requests that were accepted under a key, and what came of them.
create table request (
  caller bigint not null references party (id),
  key text not null,
  operation text not null,
  request uuid not null,
  result bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (caller, key)
);
--rollback drop table request;

--changeset parley:0002-append-result
create type append_result as (
  outcome text, seq bigint, rev bigint, message_no bigint, at timestamptz, conversation bigint, fresh boolean);
--rollback drop type append_result;

--changeset parley:0002-append splitStatements:false
-- Appends a batch in one go. Locks the conversations first, in order, and only then, in a statement of its own with a
-- fresh snapshot, decides: whoever waited for a lock would otherwise decide by what was true before. Conversations that
-- somebody else holds are left for the next batch ('busy') unless the caller means to wait.
-- Plans are made of index look-ups whatever the statistics say: a plan made while the tables were empty is kept long.
-- What only some items need (transfers, deliveries) is done after that, and costs the others nothing.
create function append_items(
  p_conversation bigint[], p_author bigint[], p_key uuid[], p_request uuid[], p_type text[], p_body text[],
  p_payload text[], p_client_id text[], p_reply_to bigint[], p_wait boolean)
returns table (
  outcome text, seq bigint, rev bigint, message_no bigint, at timestamptz, channel text, direction text, deliveries jsonb)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_locked bigint[];
  v_outside boolean;
  v_results append_result[];
  v_now timestamptz;
begin
  if p_wait then
    select array_agg(l.id), bool_or(l.outside) into v_locked, v_outside
    from (select c.id, c.outside from conversation c where c.id = any (p_conversation) order by c.id for no key update) l;
  else
    select array_agg(l.id), bool_or(l.outside) into v_locked, v_outside
    from (select c.id, c.outside from conversation c where c.id = any (p_conversation) order by c.id for no key update skip locked) l;
  end if;
  v_now := date_trunc('milliseconds', clock_timestamp());

  with input as (
    select t.*, t.payload::jsonb as extra
    from unnest(p_conversation, p_author, p_key, p_request, p_type, p_body, p_payload, p_client_id, p_reply_to)
      with ordinality as t (conversation, author, key, request, type, body, payload, client_id, reply_to, idx)
  ), met as (
    select i.*, c.last_seq, c.rev as last_rev, c.messages, greatest(c.active_at, v_now) as now,
      c.id is not null as held, c.kind, c.outside and i.type in ('message', 'attachment') as outward,
      case
        when m.party is not null then true
        when c.kind = 'external' then exists (select from account y where y.id = i.author and y.role <> 'user')
        else false
      end as member,
      e.seq as e_seq, e.created_rev as e_rev, e.message_no as e_no, e.created_at as e_at, e.request as e_request,
      row_number() over (partition by i.conversation, i.key order by i.idx) as nth
    from input i
    left join lateral (select c.* from conversation c where c.id = i.conversation and c.id = any (v_locked) offset 0) c on true
    left join lateral (select m.party from member m where m.conversation = c.id and m.party = i.author offset 0) m on true
    left join lateral (select e.* from item e where e.conversation = c.id and e.key = i.key offset 0) e on true
  ), judged as materialized (
    select j.*, j.member and j.e_seq is null and coalesce(j.reply_to <= j.last_seq, true) as able from met j
  ), numbered as materialized (
    select j.*,
      j.able and j.nth = 1 as fresh,
      j.last_seq + count(*) filter (where j.able and j.nth = 1) over w as new_seq,
      j.last_rev + count(*) filter (where j.able and j.nth = 1) over w as new_rev,
      j.messages + count(*) filter (where j.able and j.nth = 1 and j.type = 'message') over w as new_no
    from judged j
    window w as (partition by j.conversation order by j.idx)
  ), inserted as (
    insert into item (conversation, seq, created_rev, rev, message_no, author, type, channel, direction, routed, body, payload, reply_to,
      client_id, key, request, created_at, updated_at)
    select n.conversation, n.new_seq, n.new_rev, n.new_rev, case when n.type = 'message' then n.new_no end, n.author, n.type,
      case
        when n.extra ? 'mail' then n.extra #>> '{mail,channel}'
        when n.outward and n.kind = 'external' then (
          select case when m.channel = 'sms' and n.extra ? 'attachments' then 'mms' else m.channel end
          from member m where m.conversation = n.conversation and m.via is not null)
      end,
      case when n.extra ? 'mail' then n.extra #>> '{mail,direction}' when n.outward and n.kind = 'external' then 'outbound' end,
      case when n.outward and (n.kind <> 'external' or n.extra #>> '{mail,direction}' is distinct from 'inbound') then true end,
      n.body, case when n.type <> 'transfer' then n.extra end, n.reply_to, n.client_id, n.key, n.request, n.now, n.now
    from numbered n where n.fresh
  ), bumped as (
    update conversation c set last_seq = b.seq, rev = b.rev, messages = b.messages, active_at = b.now
    from (
      select n.conversation, max(n.new_seq) as seq, max(n.new_rev) as rev, max(n.new_no) as messages, max(n.now) as now
      from numbered n where n.fresh group by n.conversation
    ) b
    where c.id = b.conversation
  ), marked as (
    update member m set read_seq = a.seq
    from (select n.conversation, n.author, max(n.new_seq) as seq from numbered n where n.fresh group by n.conversation, n.author) a
    where m.conversation = a.conversation and m.party = a.author and m.read_seq < a.seq
  ), told as (
    select n.idx,
      case
        when n.fresh then 'stored'
        when n.held and not n.member then 'stranger'
        when not n.held then case when exists (select from conversation c where c.id = n.conversation) then 'busy' else 'stranger' end
        when n.e_seq is not null then case when n.e_request = n.request then 'replayed' else 'reused' end
        when not n.able then 'answers nothing'
        when not first_value(n.able) over k then 'busy' -- the key's first use was no good: the next batch looks again
        when first_value(n.request) over k = n.request then 'replayed'
        else 'reused'
      end as outcome,
      coalesce(n.e_seq, first_value(n.new_seq) over k) as seq,
      coalesce(n.e_rev, first_value(n.new_rev) over k) as rev,
      coalesce(n.e_no, first_value(n.new_no) over k) as message_no,
      coalesce(n.e_at, n.now) as at,
      n.conversation, n.fresh
    from numbered n
    window k as (partition by n.conversation, n.key order by n.idx)
  )
  select array_agg(row(t.outcome, t.seq, t.rev, t.message_no, t.at, t.conversation, t.fresh)::append_result order by t.idx)
  into v_results from told t;

  -- the terms of the transfers that this batch stored, in the same commit; other batches do nothing here
  if 'transfer' = any (p_type) then
    insert into transfer (conversation, seq, amount, currency, reference)
    select i.conversation, i.seq, (t.payload::jsonb ->> 'amount')::bigint, t.payload::jsonb ->> 'currency', t.payload::jsonb ->> 'reference'
    from unnest(p_conversation, p_key, p_request, p_type, p_payload) as t (conversation, key, request, type, payload)
    join item i on i.conversation = t.conversation and i.key = t.key and i.request = t.request and i.type = 'transfer'
    where t.type = 'transfer'
    on conflict do nothing;
  end if;

  -- uploads are named by an id, which comes first
  if exists (select from unnest(p_payload) p where strpos(p, '[{"id":') > 0 or strpos(p, ',{"id":') > 0) then
    perform use_files(v_results);
  end if;

  if v_outside then
    perform send_out(v_results);
    return query
    select r.outcome, r.seq, r.rev, r.message_no, r.at, i.channel, i.direction, deliveries_of(i.conversation, i.seq)
    from unnest(v_results) with ordinality as r (outcome, seq, rev, message_no, at, conversation, fresh, idx)
    left join item i on r.fresh and i.conversation = r.conversation and i.seq = r.seq
    order by r.idx;
  else
    return query
    select r.outcome, r.seq, r.rev, r.message_no, r.at, null::text, null::text, null::jsonb
    from unnest(v_results) r;
  end if;
end
$$;
--rollback drop function append_items;

--changeset parley:0002-mark splitStatements:false
-- Moves read marks forward, a batch in one go, by the same rule of locking first. All marks of one conversation that
-- move in one batch share one rev, and so one event.
create function mark_read(p_conversation bigint[], p_party bigint[], p_seq bigint[], p_wait boolean)
returns table (outcome text, read_seq bigint, moved boolean, rev bigint, at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_locked bigint[];
  v_now timestamptz;
begin
  if p_wait then
    select array_agg(l.id) into v_locked
    from (select c.id from conversation c where c.id = any (p_conversation) order by c.id for no key update) l;
  else
    select array_agg(l.id) into v_locked
    from (select c.id from conversation c where c.id = any (p_conversation) order by c.id for no key update skip locked) l;
  end if;
  v_now := date_trunc('milliseconds', clock_timestamp());

  return query
  with input as (
    select * from unnest(p_conversation, p_party, p_seq) with ordinality as t (conversation, party, seq, idx)
  ), judged as materialized (
    select i.*, c.id is not null as held, c.rev as last_rev, m.party is not null as member, m.read_seq as before,
      greatest(m.read_seq, max(least(i.seq, c.last_seq)) over (partition by i.conversation, i.party)) as after,
      v_now as now
    from input i
    left join lateral (select c.* from conversation c where c.id = i.conversation and c.id = any (v_locked) offset 0) c on true
    left join lateral (select m.* from member m where m.conversation = c.id and m.party = i.party offset 0) m on true
  ), moved as materialized (
    select distinct j.conversation, j.party, j.after, j.last_rev + 1 as rev, j.now
    from judged j where j.member and j.after > j.before
  ), marks as (
    update member m set read_seq = v.after from moved v where m.conversation = v.conversation and m.party = v.party
  ), bumped as (
    update conversation c set rev = v.rev from (select distinct conversation, rev from moved) v where c.id = v.conversation
  ), noted as (
    insert into change (conversation, kind, subject, rev, at)
    select v.conversation, 'receipt', v.party, v.rev, v.now from moved v
    on conflict (conversation, kind, subject) do update set rev = excluded.rev, at = excluded.at
  )
  select
    case
      when j.held and j.member then 'marked'
      when not j.held and exists (select from conversation c where c.id = j.conversation) then 'busy'
      else 'stranger'
    end,
    j.after, coalesce(j.after > j.before, false), case when j.after > j.before then j.last_rev + 1 end, j.now
  from judged j order by j.idx;
end
$$;
--rollback drop function mark_read;

--changeset parley:0002-next-conversation splitStatements:false
create function next_conversation() returns bigint language sql as $$
  update conversation_counter set last = last + 1 returning last
$$;
--rollback drop function next_conversation;

--changeset parley:0002-open-direct splitStatements:false
-- The direct conversation of two parties, made by whoever asks first. Look first, and lock only to make.
create function open_direct(p_one bigint, p_other bigint)
returns table (id bigint, created boolean)
language plpgsql
as $$
#variable_conflict use_column
declare
  v_key text := 'direct:' || least(p_one, p_other) || ':' || greatest(p_one, p_other);
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
  insert into conversation (id, kind, audience_key, rev, member_count, created_at, active_at)
  values (v_id, 'direct', v_key, 1, 2, v_now, v_now);
  insert into member (conversation, party, joined_at) values (v_id, p_one, v_now), (v_id, p_other, v_now);
  insert into change (conversation, kind, subject, rev, at) values (v_id, 'conversation', 0, 1, v_now);
  return query select v_id, true;
end
$$;
--rollback drop function open_direct;
