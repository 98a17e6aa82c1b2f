--liquibase formatted sql

--changeset parley:file
-- An uploaded file; complete once it has a hash. "let_go_at" is when the last conversation released it: from then on only
-- its owner can read it, and a sweep deletes it a day later.
create table file (
  id uuid primary key,
  owner bigint not null references party (id),
  name text not null check (name <> ''),
  mime_type text,
  size bigint not null default 0 check (size >= 0),
  sha256 bytea,
  created_at timestamptz not null default clock_timestamp(),
  let_go_at timestamptz
) with (fillfactor = 80);
create index file_owner on file (owner);
create index file_created on file (created_at);

-- The content of a file in chunks, so that any node can serve it and none has to hold it in memory.
create table file_chunk (
  file uuid not null references file (id) on delete cascade,
  number integer not null check (number >= 0),
  bytes bytea not null,
  primary key (file, number)
);
-- Do not try to compress: images and archives are compressed already.
alter table file_chunk alter column bytes set storage external;

--changeset parley:file-use
-- Which conversations contain a file, and therefore who can read it. "items" counts the items that attach it; when the last
-- of them is deleted, the row goes.
create table file_use (
  file uuid not null references file (id),
  conversation bigint not null references conversation (id),
  items integer not null default 1 check (items > 0),
  primary key (file, conversation)
);

--changeset parley:file-incomplete runInTransaction:false
create index concurrently if not exists file_incomplete on file (created_at) where sha256 is null;

--changeset parley:file-let-go runInTransaction:false
create index concurrently if not exists file_let_go on file (let_go_at) where let_go_at is not null;

--changeset parley:file-sweep
-- Up to which time of creation the files have been checked for never having been used. A file is checked once, at the age of
-- a day; what is released later is found by let_go_at.
create table file_sweep (checked_to timestamptz not null);
insert into file_sweep values ('-infinity');

--changeset parley:file-space
-- The bytes of all files in one row, those that are being uploaded included: changed in the commit of whatever changes the size
-- of a file, and counted anew once a day; see count_file_space.
create table file_space (bytes bigint not null, counted_at timestamptz not null) with (fillfactor = 50);
insert into file_space values (0, '-infinity');
