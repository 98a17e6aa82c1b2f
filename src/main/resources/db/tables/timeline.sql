--liquibase formatted sql

--changeset parley:conversation
-- A conversation is a timeline of items. "last_seq" counts its items, "rev" counts its changes, "messages" counts its items
-- of type message. "outside" is true when a member is reached through a channel such as SMS. "audience_key" identifies
-- direct and external conversations by their two parties.
-- An append updates this row in place (a HOT update): the columns it changes have no index, and the fill factor leaves room.
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

-- The last conversation id. Ids have no gaps, so the next one is taken in the transaction that uses it.
create table conversation_counter (last bigint not null);
insert into conversation_counter values (0);

--changeset parley:member
-- Who is in a conversation and how far each has read ("read_seq") and received ("delivered_seq") it.
-- "channel" is how the member is reached; "via" is our sender address that messages to an external member are sent from.
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
-- Finds the group of an external party: it is in at most one group for each of our sender addresses.
create index member_via on member (party, via) where via is not null;

--changeset parley:item
-- One entry of a timeline. "created_rev" and "rev" are the revisions that created and last changed it; "message_no" numbers
-- the items of type message. Without a channel and a direction the item is an internal chat item; "routed" means that it
-- has deliveries. "reactions" is what the item shows of the rows of table "reaction", maintained with them.
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
-- Idempotency: "key" is derived from the author and the client's id of the item. "request" is a fingerprint of the content,
-- which tells a repeated request from a different one under the same key.
create unique index item_key on item (conversation, key);
create unique index item_message on item (conversation, message_no) where message_no is not null;
create index item_other on item (conversation, type, seq) where type <> 'message';
-- Finds the items of a period, for the edges of a range that no tally block covers. Items are inserted in the order of time,
-- so a BRIN index with a few values for every 16 pages is enough, and costs an append next to nothing; a B-tree would not.
create index item_created on item using brin (created_at timestamptz_minmax_multi_ops (values_per_range = 16))
  with (pages_per_range = 16, autosummarize = on);
-- Most conversations have one item. From that the planner would conclude that any index starting with the conversation finds
-- an item as well as (conversation, seq) does, and would scan long conversations. Let it expect fifty items instead.
alter table item alter column conversation set (n_distinct = -0.02);

--changeset parley:change
-- The revision at which each thing in a conversation last changed. "subject" is the seq of an item, the party of a member or
-- a receipt, and 0 for the conversation itself.
create table change (
  conversation bigint not null references conversation (id),
  kind text not null check (kind in ('item', 'member', 'receipt', 'conversation')),
  subject bigint not null,
  rev bigint not null,
  at timestamptz not null,
  primary key (conversation, kind, subject)
) with (fillfactor = 80);
create index change_rev on change (conversation, rev);

--changeset parley:append-result
-- What became of one appended item; passed between the functions that make up an append.
create type append_result as (
  outcome text, seq bigint, rev bigint, message_no bigint, at timestamptz, conversation bigint, fresh boolean);

--changeset parley:item-sent-by
-- Who is behind an outbound item, whose author is one of our sender addresses: an agent or a key.
alter table item add column sent_by bigint;

--changeset parley:item-edited-at
-- When the text was last edited.
alter table item add column edited_at timestamptz;

--changeset parley:conversation-renamed-at
-- When a group was last renamed. Apart from "active_at", which is the order of lists.
alter table conversation add column renamed_at timestamptz;

--changeset parley:conversation-grams runInTransaction:false
-- Finds groups by a part of their name. An append does not change the name, so its update stays in place.
create index concurrently if not exists conversation_grams on conversation using gin (search_grams(lower(name)))
  with (gin_pending_list_limit = 64) where name is not null;

--changeset parley:change-item-at runInTransaction:false
-- Finds edits by their time, for the background jobs. Receipts and members, which change most, are not in it.
create index concurrently if not exists change_item_at on change (at, conversation) where kind = 'item';

--changeset parley:item-newest runInTransaction:false
-- Finds recent items and those of short periods. item_created does that only as long as new items come to the end of the table:
-- once vacuum has made room in older pages, items of one minute are in hundreds of them, and its answer is a part of the table.
create index concurrently if not exists item_newest on item (created_at, conversation, seq);
