-- Fills an empty schema with :n accounts, :n conversations and about ten times as many items, deterministically. Runs in one
-- transaction. Each line that begins with "-- step" starts a step, whose time is printed.
--
-- Numbers of the world:
--   parties        1 … 100 special accounts (1 and 2: the long conversation, 3: busy, 4: owner of the giant group,
--                  5 … 24: agents, 25: admin, 26: owner of the crowds), the rest of 1 … n ordinary accounts;
--                  then n/5 contacts, then ten numbers and five mailboxes of ours
--   conversations  1: 2n items, 2: n/100 members, 3: 64 members and n/100 items; of the others every fifth is external,
--                  every twentieth a group, the rest direct; one in fifty belongs to busy
--   words          spread like those of a language: the most common one is in every second item, most are in a few

-- step constraints
create temporary table rebuilt (place integer generated always as identity, part text, name text, sql text, gone text);
insert into rebuilt (part, name, sql, gone)
  select 'foreign', c.conname,
    format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)),
    format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname)
  from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace order by c.conrelid, c.conname;
insert into rebuilt (part, name, sql, gone)
  select 'key', c.conname,
    format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)),
    format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname)
  from pg_constraint c
  where c.contype in ('p', 'u') and c.connamespace = 'public'::regnamespace
    and c.conrelid::regclass::text in ('party', 'account', 'conversation', 'member', 'item', 'change', 'external', 'delivery',
      'tally', 'tallied', 'item_text', 'texted', 'login', 'presence', 'request', 'inbound')
  order by c.conrelid, c.conname;
insert into rebuilt (part, name, sql, gone)
  select 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
    format('drop index %s', i.indexrelid::regclass)
  from pg_index i join pg_class t on t.oid = i.indrelid
  where t.relnamespace = 'public'::regnamespace and t.relname not like 'databasechange%'
    and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u'))
  order by i.indrelid, i.indexrelid;
-- truncated in the transaction that fills them, so that the rows need no log
truncate party, account, login, presence, conversation, member, item, change, external, reading, inbound, request, delivery,
  outbox, file, file_use, tally, tallied, item_text, texted, transfer, transfer_event, reaction cascade;
do $$ declare v record; begin
  for v in select gone from rebuilt order by place loop execute v.gone; end loop;
end $$;

-- step words
create temporary table vocabulary (number integer primary key, word text);
insert into vocabulary
  select g, coalesce(
    (array['the', 'you', 'to', 'and', 'hello', 'thanks', 'we', 'is', 'please', 'for', 'order', 'meeting', 'today', 'call', 'can',
      'invoice', 'tomorrow', 'price', 'great', 'delivery', 'campaign', 'photo', 'draft', 'contract', 'question', 'team', 'time',
      'send', 'check', 'video', 'story', 'budget', 'deadline', 'brand', 'weekend', 'update', 'address', 'number', 'coffee',
      'payment'])[g],
    (select string_agg(substr('bdfgjklmnprstvz', (s / 5) % 15 + 1, 1) || substr('aeiou', s % 5 + 1, 1), '' order by p)
      from (values (1, (g * 31) % 75), (2, (g / 75) % 75), (3, (g / 5625) % 75)) syllable (p, s)) || chr(97 + g % 26))
  from generate_series(1, :n / 5) g;
create temporary table sentence (number integer primary key, body text, words tsvector);
insert into sentence
  select g, body, to_tsvector('simple', body)
  from (
    select g, string_agg(v.word, ' ' order by p) as body
    from generate_series(0, :n / 5 - 1) g
    cross join lateral generate_series(1, 4 + g % 9) p
    join vocabulary v on v.number = floor(power(:n / 5,
      (hashint8extended(g, p) & 1048575)::double precision / 1048576))::integer
    group by g
  ) x;
analyze vocabulary, sentence;

-- step parties
insert into party (id, kind, handle, name)
  select g,
    case when g > 100 and g % 50 = 0 then 'company' when g > 100 and g % 33 = 0 then 'influencer' else 'person' end,
    coalesce((array['long1', 'long2', 'busy', 'giant'])[g],
      case when g < 25 then 'agent' || g - 4 when g = 25 then 'chief' when g = 26 then 'crowd' when g <= 100 then 'special' || g
        else first || '.' || last || g end),
    case when g <= 100 then 'Special ' || g else initcap(first) || ' ' || initcap(last) end
  from generate_series(1, :n) g,
    lateral (select hashint8extended(g, 1) & 1048575 as h, hashint8extended(g, 2) & 1048575 as h2) h,
    lateral (select
      (array['maria', 'anna', 'peter', 'thomas', 'laura', 'julia', 'michael', 'sofia', 'lukas', 'emma', 'david', 'sarah', 'paul',
        'lena', 'daniel', 'eva', 'martin', 'nina', 'simon', 'clara', 'jonas', 'alina', 'felix', 'zoe', 'oscar', 'ida', 'hugo',
        'iris', 'victor', 'wanda', 'quentin', 'yara'])[floor(power(33, h / 1048576.0))::integer] as first,
      case when h2 % 4 = 0 then (select v.word from vocabulary v where v.number = 1 + h2 * 7 % (:n / 5)) else
        (array['smith', 'keller', 'garcia', 'rossi', 'martin', 'novak', 'silva', 'meyer', 'jansen', 'kowalski', 'dubois', 'larsen',
          'horvat', 'moreau', 'weber', 'romano', 'costa', 'berg', 'fischer', 'lopez'])[1 + h2 / 4 % 20] end as last) name;
insert into account (id, email, role, created_at, changed)
  select p.id, p.handle || (array['@example.com', '@mail.example', '@studio.example'])[1 + p.id % 3],
    case when p.id between 5 and 24 then 'agent' when p.id = 25 then 'admin' else 'user' end,
    timestamptz '2024-12-01' + p.id * 690.0 / :n * interval '1 day', '0'
  from party p order by p.id;
insert into party (id, kind, handle, name)
  select :n + e, case when e % 4 = 0 then 'email' else 'phone' end, x.handle, x.handle
  from generate_series(1, :n / 5) e,
    lateral (select case when e % 4 = 0 then 'contact' || e || '@mail.example' else '+49151' || lpad(e::text, 8, '0') end as handle) x
  union all
  select :n + :n / 5 + o, case when o > 10 then 'email' else 'phone' end, x.handle, x.handle
  from generate_series(1, 15) o,
    lateral (select case when o > 10 then 'inbox' || o || '@parley.example' else '+4930' || lpad(o::text, 6, '0') end as handle) x;
select setval(pg_get_serial_sequence('party', 'id'), :n + :n / 5 + 15);
insert into presence (account, seen_at)
  select g, timestamptz '2026-11-20' - (hashint8extended(g, 3) & 65535) * interval '100 s' from generate_series(1, :n) g where g % 5 <> 0;
insert into login (id, account, generation, created_at, expires_at, revoked_at, changed)
  select md5('login ' || g)::uuid, 1 + g * 2 % :n, 1, at, at + interval '30 days', case when g % 5 = 0 then at + interval '1 day' end, '0'
  from generate_series(1, :n / 2) g, lateral (select timestamptz '2024-12-01' + g * 1430.0 / :n * interval '1 day' as at) t;

-- step conversations
create temporary table shape (
  id bigint, kind text, members integer, first bigint, second bigint, contact bigint, own bigint, mail boolean, items integer,
  answers integer, start_at timestamptz, lasts interval);
insert into shape
  select k, kind, case when kind <> 'group' then 2 when k = 2 then greatest(:n / 100, 3) when k = 3 then 64
      when h % 97 = 0 then 64 else 3 + h % 10 end,
    case when k = 1 then 1 when k = 2 then 4 when k = 3 then 26 when kind = 'external' then null when busy then 3
      else 101 + k * 7919 % (:n - 100) end,
    case when k = 1 then 2 when kind <> 'direct' then null when busy then 101 + (k * 7919 + k / (:n - 100)) % (:n - 100)
      else 101 + (k * 7919 % (:n - 100) + 1 + (k * 31 + k / (:n - 100) * 17) % ((:n - 100) / 3)) % (:n - 100) end,
    case when kind = 'external' then :n + k / 5 end,
    case when kind = 'external' then :n + :n / 5 + case when mail then 11 + k / 5 % 5 else 1 + k / 5 % 10 end end,
    mail, n, case when kind = 'external' then n - (n + 2) / 3 else 0 end, start_at,
    date_trunc('milliseconds', case when k <= 2 then timestamptz '2026-11-20' - start_at
      when u2 < 0.1 then (timestamptz '2026-11-20' - start_at) * u
      else least((timestamptz '2026-11-20' - start_at), n * 0.3 * (0.05 + u2) * interval '1 day') end)
  from (
    select k, h, u, u2, kind, kind = 'external' and k / 5 % 4 = 0 as mail, k > 3 and (k % 60 = 7 or k % 300 = 4) as busy,
      case when k = 1 then 2 * :n when k in (2, 3) then greatest(:n / 100, 100)
        else least(2000, floor(case when kind = 'external' then 7.7 else 3.4 end / sqrt(u)))::integer end as n,
      date_trunc('milliseconds', timestamptz '2024-12-01' + k * 690.0 / :n * interval '1 day') as start_at
    from generate_series(1, :n::bigint) k,
      lateral (select hashint8extended(k, 4) & 1048575 as h, ((hashint8extended(k, 5) & 1048575) + 1) / 1048576.0 as u,
        (hashint8extended(k, 6) & 1048575) / 1048576.0 as u2) r,
      lateral (select case when k in (2, 3) then 'group' when k > 3 and k % 5 = 0 then 'external'
        when k > 3 and k % 20 = 4 then 'group' else 'direct' end as kind) kind
  ) x order by k;
analyze shape;
insert into conversation (id, kind, name, owner, audience_key, last_seq, rev, messages, member_count, outside, created_at, active_at)
  select s.id, s.kind, case when s.kind = 'group' then initcap(w.word) || ' ' || s.id end,
    case when s.kind = 'group' then s.first end,
    case when s.kind = 'direct' then 'direct:' || least(s.first, s.second) || ':' || greatest(s.first, s.second)
      when s.kind = 'external' then 'external:' || least(s.contact, s.own) || ':' || greatest(s.contact, s.own) end,
    s.items, s.items + 1 + case when s.kind = 'external' then s.answers else s.members end,
    case when s.kind = 'external' then s.items else s.items - (s.items + 90) / 100 - (s.items + 60) / 100 - (s.items + 30) / 100 end,
    s.members, s.kind = 'external', s.start_at, s.start_at + s.lasts
  from shape s left join vocabulary w on w.number = 1 + s.id % (:n / 5) order by s.id;
update conversation_counter set last = :n;
insert into external (conversation, active_at) select s.id, s.start_at + s.lasts from shape s where s.kind = 'external' order by s.id;
insert into member (conversation, party, role, channel, via, read_seq, delivered_seq, joined_at)
  select s.id,
    case when s.kind = 'external' then case i when 0 then s.own else s.contact end
      when i = 0 then s.first when s.kind = 'direct' then s.second
      else 101 + (s.id * 7919 + i * 104729::bigint) % (:n - 100) end,
    case when s.kind = 'group' and i = 0 then 'owner' else 'member' end,
    case when s.kind <> 'external' then 'chat' when s.mail then 'email' else 'sms' end,
    case when s.kind = 'external' and i = 1 then
      case when s.mail then 'inbox' || s.own - :n - :n / 5 || '@parley.example' else '+4930' || lpad((s.own - :n - :n / 5)::text, 6, '0') end end,
    case when s.kind = 'external' then 0 when hashint8extended(s.id, i) & 3 = 0
      then floor(s.items * ((hashint8extended(s.id, i + 1) & 1023) / 1024.0)) else s.items end,
    case when s.kind = 'external' then 0 else s.items end, s.start_at
  from shape s, generate_series(0, s.members - 1) i order by s.id, 2;
insert into reading (conversation, party, read_seq) select s.id, 5, s.items / 2 from shape s where s.kind = 'external' and s.id % 3 = 0;

-- step order of items
create temporary table placed as
  select s.id, g.seq, date_trunc('milliseconds', s.start_at + s.lasts * (g.seq / s.items::double precision)) as at
  from shape s, generate_series(1, s.items) g (seq) order by 3, 1, 2;
analyze placed;

-- step items
insert into item (conversation, seq, created_rev, rev, message_no, author, type, channel, direction, routed, body, payload,
    reply_to, reactions, key, request, created_at, updated_at)
  select x.id, x.seq, x.seq + 1, case when x.outbound then x.items + 1 + x.seq - (x.seq + 2) / 3 else x.seq + 1 end,
    case when x.kind = 'external' then x.seq
      when x.type = 'message' then x.seq - (x.seq + 90) / 100 - (x.seq + 60) / 100 - (x.seq + 30) / 100 end,
    x.author, x.type,
    case when x.kind = 'external' then case when x.mail then 'email' else 'sms' end end,
    case when x.outbound then 'outbound' when x.kind = 'external' then 'inbound' end, case when x.outbound then true end,
    case when x.type = 'message' then
      case when x.h % 3 = 0 then t.body || ' ref' || to_hex(x.h % (:n / 2)) else t.body end end,
    case
      when x.kind = 'external' then jsonb_strip_nulls(jsonb_build_object('subject', case when x.mail then 'Order ' || x.id end,
        'mail', jsonb_build_object('channel', case when x.mail then 'email' else 'sms' end,
          'direction', case when x.outbound then 'outbound' else 'inbound' end, 'contact', x.contact,
          'via', case when x.mail then 'inbox' || x.own - :n - :n / 5 || '@parley.example' else '+4930' || lpad((x.own - :n - :n / 5)::text, 6, '0') end,
          'to', case when x.outbound then
            case when x.mail then 'contact' || x.contact - :n || '@mail.example' else '+49151' || lpad((x.contact - :n)::text, 8, '0') end end,
          'source', case when not x.outbound then case when x.mail then 'email' else 'sms' end end,
          'id', case when not x.outbound then 'in-' || x.id || '-' || x.seq end)))
      when x.type = 'attachment' then jsonb_build_object('attachments', jsonb_build_array(jsonb_build_object(
        'id', md5('file ' || x.id || ' ' || x.seq)::uuid, 'url', '/api/files/' || md5('file ' || x.id || ' ' || x.seq)::uuid,
        'name', 'photo' || x.h % 1000 || '.jpg', 'mime_type', 'image/jpeg', 'size', 100000)))
      when x.type = 'post' then jsonb_build_object('post', jsonb_build_object('platform', 'instagram',
        'url', 'https://example.com/p/' || x.h, 'title', split_part(t.body, ' ', 1), 'caption', t.body))
    end,
    case when x.seq % 37 = 0 then x.seq - 1 end,
    case when x.reacted then jsonb_build_array(jsonb_build_object('emoji', '👍', 'count', 1, 'parties', jsonb_build_array(x.first))) end,
    x.key, x.key, x.at, x.at
  from (
    select s.*, q.seq, q.at, h.h, md5(s.id || ' ' || q.seq)::uuid as key, s.kind = 'external' and q.seq % 3 <> 1 as outbound,
      case when s.kind = 'external' or q.seq % 100 not in (10, 40, 70) then 'message'
        when q.seq % 100 = 10 then 'attachment' when q.seq % 100 = 40 then 'post' else 'transfer' end as type,
      s.kind <> 'external' and s.id > 1 and h.h % 64 = 0 and q.seq % 100 not in (10, 40, 70) as reacted,
      case when s.kind = 'external' then case when q.seq % 3 = 1 then s.contact else 5 + h.h % 20 end
        when s.kind = 'direct' then case when h.h / 8 % 2 = 0 then s.first else s.second end
        when h.h / 8 % s.members = 0 then s.first
        else 101 + (s.id * 7919 + (h.h / 8 % s.members) * 104729::bigint) % (:n - 100) end as author
    from placed q join shape s on s.id = q.id
    cross join lateral (select hashint8extended(q.id, q.seq::bigint) & 1073741823 as h) h
    offset 0
  ) x join sentence t on t.number = x.h / 3 % (:n / 5);

-- step what belongs to items
insert into transfer (conversation, seq, amount, currency, reference, state)
  select i.conversation, i.seq, 1000 + i.seq, 'EUR', 'T' || i.conversation || '-' || i.seq, case when i.seq % 3 = 0 then 'initiated' else 'succeeded' end
  from item i where i.type = 'transfer';
insert into transfer_event (conversation, seq, from_state, to_state, by, at)
  select t.conversation, t.seq, 'initiated', t.state, i.author, i.created_at
  from transfer t join item i using (conversation, seq) where t.state <> 'initiated';
insert into file (id, owner, name, mime_type, size, sha256, created_at)
  select (i.payload #>> '{attachments,0,id}')::uuid, i.author, i.payload #>> '{attachments,0,name}', 'image/jpeg', 100000,
    sha256(convert_to(i.conversation || ' ' || i.seq, 'UTF8')), i.created_at
  from item i where i.type = 'attachment';
insert into file_use (file, conversation) select (i.payload #>> '{attachments,0,id}')::uuid, i.conversation from item i where i.type = 'attachment';
insert into reaction (conversation, seq, emoji, party, at)
  select i.conversation, i.seq, '👍', s.first, i.created_at from item i join shape s on s.id = i.conversation where i.reactions is not null;
insert into delivery (id, conversation, seq, party, channel, sender, recipient, provider, reference, state, attempts, error_code,
    error_message, created_at, updated_at, expires_at)
  overriding system value
  select d.id, d.conversation, d.seq, (d.payload #>> '{mail,contact}')::bigint, d.channel, d.payload #>> '{mail,via}', d.payload #>> '{mail,to}',
    case when d.state = 'queued' then null when d.channel = 'email' then 'mail-main' when d.h % 10 = 3 then 'sms-backup' else 'sms-main' end,
    case when d.state in ('sent', 'delivered') then 'ref' || d.id end, d.state, case when d.state = 'queued' then 0 else 1 end,
    case when d.state = 'failed' then 'unreachable' end, case when d.state = 'failed' then 'The recipient cannot be reached.' end,
    d.created_at, d.created_at + interval '2 s', d.created_at + case when d.state = 'queued' then interval '10 years' else interval '1 day' end
  from (
    select r.*, case when r.h >= 997 and r.id > r.total * 0.9 then 'queued' when r.h < 15 then 'failed' when r.h < 20 then 'expired'
      when r.h < 40 then 'sent' else 'delivered' end as state
    from (
      select row_number() over (order by i.created_at, i.conversation, i.seq) as id, count(*) over () as total,
        hashint8extended(i.conversation, i.seq) & 1023 as h, i.*
      from item i where i.routed
    ) r
  ) d;
select setval(pg_get_serial_sequence('delivery', 'id'), (select max(id) from delivery));
insert into outbox (delivery, route, queue, due_at)
  select d.id, channel_route(d.channel), delivery_queue(channel_route(d.channel), d.sender, d.recipient), d.created_at
  from delivery d where d.state = 'queued';
insert into inbound (source, id, conversation, seq)
  select i.payload #>> '{mail,source}', i.payload #>> '{mail,id}', i.conversation, i.seq from item i where i.direction = 'inbound';
insert into request (caller, key, operation, request, result, seq, created_at)
  select i.author, 'send-' || d.id, i.channel, i.request, i.conversation, i.seq, i.created_at
  from delivery d join item i using (conversation, seq) where d.id % 4 = 0;
insert into change (conversation, kind, subject, rev, at)
  select s.id, 'conversation', 0, 1, s.start_at from shape s
  union all
  select i.conversation, 'item', i.seq, i.rev, i.created_at + interval '2 s' from item i where i.routed
  union all
  select m.conversation, 'receipt', m.party, s.items + 1 + row_number() over (partition by m.conversation order by m.party), s.start_at + s.lasts
  from member m join shape s on s.id = m.conversation where s.kind <> 'external';

-- step words of items
insert into item_text (conversation, seq, rev, created_at, words)
  select i.conversation, i.seq, i.rev, i.created_at,
    case when i.type <> 'message' or i.channel = 'email' then item_words(i.conversation, i.body, i.payload)
      when h.h % 3 = 0 then
        t.words || to_tsvector('simple', 'ref' || to_hex(h.h % (:n / 2))) || array_to_tsvector(array[chr(1) || i.conversation])
      else t.words || array_to_tsvector(array[chr(1) || i.conversation]) end
  from item i
  cross join lateral (select hashint8extended(i.conversation, i.seq) & 1073741823 as h offset 0) h
  join sentence t on t.number = h.h / 3 % (:n / 5);
insert into texted (conversation, seq, rev) select c.id, c.last_seq, c.rev from conversation c order by c.id;

-- step tallies
update tally_hours set since = floor(extract(epoch from timestamptz '2026-11-20') / 3600)::integer - 768;
create temporary table counted as
  select i.author, i.conversation, floor(extract(epoch from i.created_at) / 3600)::integer as hour, count(*) as n
  from item i where i.message_no is not null and i.author <= :n group by 1, 2, 3;
create temporary table daily as
  select 'c'::"char" as kind, conversation as subject, hour / 24 as day, sum(n) as n from counted group by 2, 3
  union all select 'u', author, hour / 24, sum(n) from counted group by 2, 3;
insert into tally (kind, level, block, subject, n)
  select x.kind, 0, x.hour, x.subject, sum(x.n)
  from (
    select 'c'::"char" as kind, conversation as subject, hour, n from counted where hour >= (select since from tally_hours)
    union all select 'u', author, hour, n from counted where hour >= (select since from tally_hours)
  ) x group by x.kind, x.hour, x.subject
  union all select d.kind, 1, d.day, d.subject, d.n from daily d
  union all select d.kind, 2, d.day / 8, d.subject, sum(d.n) from daily d group by d.kind, d.day / 8, d.subject
  union all select d.kind, 3, d.day / 64, d.subject, sum(d.n) from daily d group by d.kind, d.day / 64, d.subject
  union all select d.kind, 4, 0, d.subject, sum(d.n) from daily d group by d.kind, d.subject;
insert into tallied (conversation, message_no) select c.id, c.messages from conversation c where c.messages > 0 order by c.id;

-- step indexes
do $$ declare v record; begin
  for v in select sql from rebuilt where part = 'key' order by place loop execute v.sql; end loop;
  for v in select sql from rebuilt where part = 'index' order by place loop execute v.sql; end loop;
end $$;

-- step foreign keys
do $$ declare v record; begin
  for v in select sql from rebuilt where part = 'foreign' order by place loop execute v.sql; end loop;
end $$;
