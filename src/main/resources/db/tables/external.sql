--liquibase formatted sql

--changeset parley:external
-- The external conversations in the order in which agents list them. A table of its own, because an index on a column that
-- every append changes would end the HOT updates of table "conversation".
create table external (
  conversation bigint primary key references conversation (id),
  active_at timestamptz not null
) with (fillfactor = 70);
create index external_active on external (active_at, conversation);

--changeset parley:reading
-- How far agents have read the external conversations that they are not members of.
create table reading (
  conversation bigint not null references conversation (id),
  party bigint not null references party (id),
  read_seq bigint not null,
  primary key (conversation, party)
) with (fillfactor = 80);

--changeset parley:inbound
-- Messages received from providers, by the provider's id within each kind of source. The primary key stores each message
-- once, in whichever conversation it was put.
create table inbound (
  source text not null check (source in ('sms', 'email')),
  id text not null,
  conversation bigint not null,
  seq bigint not null,
  primary key (source, id),
  foreign key (conversation, seq) references item (conversation, seq)
);

--changeset parley:inbound-stored
-- When the message was stored, by which a sweep deletes old rows. It dates those of earlier versions, which have none.
alter table inbound add column stored_at timestamptz;
alter table inbound alter column stored_at set default clock_timestamp();

--changeset parley:inbound-stored-index runInTransaction:false
create index concurrently if not exists inbound_stored on inbound (stored_at);
