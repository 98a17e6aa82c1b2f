--liquibase formatted sql

--changeset parley:0005-file
-- Files that people uploaded: whole when there is a hash. Kept in chunks, so that every node serves them and no node needs
-- to hold one; "file_use" says which conversations hold it, and so who may have it.
create table file (
  id uuid primary key,
  owner bigint not null references party (id),
  name text not null check (name <> ''),
  mime_type text,
  size bigint not null default 0 check (size >= 0),
  sha256 bytea,
  created_at timestamptz not null default clock_timestamp()
) with (fillfactor = 80);
create index file_owner on file (owner);
create index file_created on file (created_at);

create table file_chunk (
  file uuid not null references file (id) on delete cascade,
  number integer not null check (number >= 0),
  bytes bytea not null,
  primary key (file, number)
);
-- pictures and archives are compressed already
alter table file_chunk alter column bytes set storage external;

create table file_use (
  file uuid not null references file (id),
  conversation bigint not null references conversation (id),
  primary key (file, conversation)
);
--rollback drop table file_use; drop table file_chunk; drop table file;

--changeset parley:0005-use-files splitStatements:false
-- Notes which conversation holds which files, of items just stored.
create function use_files(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  insert into file_use (file, conversation)
  select distinct (a ->> 'id')::uuid, i.conversation
  from unnest(p_results) r
  join item i on i.conversation = r.conversation and i.seq = r.seq
  cross join lateral jsonb_array_elements(i.payload -> 'attachments') a
  where r.fresh and a ? 'id'
  order by 1, 2
  on conflict do nothing;
end
$$;
--rollback drop function use_files;
