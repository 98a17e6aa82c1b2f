--liquibase formatted sql

--changeset parley:tally
-- How many messages of account users there are, by user (kind 'u') and by conversation (kind 'c'), in nested blocks of time:
-- level 0 is an hour, 1 a day, 2 eight days, 3 sixty-four days, 4 all time. A block is the number of its length since 1970.
-- A background job maintains it, so that an append does not pay for it.
create table tally (
  kind "char" not null check (kind in ('u', 'c')),
  level smallint not null check (level between 0 and 4),
  block integer not null,
  subject bigint not null,
  n bigint not null check (n > 0),
  primary key (kind, level, block, subject)
) with (fillfactor = 85);

-- Up to which message each conversation is tallied, written in the same commit as the tallies: at any instant the tallies
-- and the messages beyond this one add up to the exact total.
create table tallied (
  conversation bigint primary key references conversation (id),
  message_no bigint not null check (message_no > 0)
) with (fillfactor = 70);

-- The oldest hour that is kept; older hours are deleted, longer blocks stay.
create table tally_hours (since integer not null);
insert into tally_hours values (-2147483648);

--changeset parley:item-text
-- The searchable words of each item, maintained by a background job.
create table item_text (
  conversation bigint not null references conversation (id),
  seq bigint not null,
  rev bigint not null,
  created_at timestamptz not null,
  words tsvector not null,
  primary key (conversation, seq)
);
create index item_text_words on item_text using gin (words);

-- Up to which item and which revision the words of a conversation are indexed.
create table texted (
  conversation bigint primary key references conversation (id),
  seq bigint not null,
  rev bigint not null
) with (fillfactor = 70);

--changeset parley:job-progress
-- How far each background job has come. Everything stored before "complete_until" is done, whatever node stored it and whatever
-- became of that node, so a reader looks for unfinished work only behind it (item_created finds it).
-- A round moves it on: "round_at" is its next value, once the transactions before "round_xid" have ended, which may still
-- store something earlier, and what they left is done. "scan_from" is the next conversation of a scan of all conversations,
-- which every node starts when it starts; null when there is none.
create table job_progress (
  job text primary key check (job in ('tally', 'index')),
  complete_until timestamptz not null default '-infinity',
  round_at timestamptz,
  round_xid xid8,
  scan_from bigint default 0
) with (fillfactor = 50);
insert into job_progress (job) values ('tally'), ('index');

--changeset parley:unindexed-item
-- Items whose words could not be indexed, and why. They are not tried again until they change.
create table unindexed_item (
  conversation bigint not null references conversation (id),
  seq bigint not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (conversation, seq)
);

--changeset parley:item-text-created runInTransaction:false
-- The newest items first, for words that so many items contain that most of them need not be looked at.
create index concurrently if not exists item_text_created on item_text (created_at, conversation, seq);

--changeset parley:tally-top runInTransaction:false
-- The highest counts of each block, for the top of a ranking. A subject that is not in here counts 1 there, or nothing.
create index concurrently if not exists tally_top on tally (kind, level, block, n desc, subject) where n > 1;

--changeset parley:tally-total
-- The messages of all users in an hour (level 0) or a day (level 1): the sum of their tallies, written in the same commit. A
-- block without a row has not been summed up yet.
create table tally_total (
  level smallint not null check (level in (0, 1)),
  block integer not null,
  n bigint not null,
  primary key (level, block)
) with (fillfactor = 70);

--changeset parley:job-scanned-at
-- When the last scan of all conversations ended, so that a node which starts does not repeat it.
alter table job_progress add column scanned_at timestamptz;
