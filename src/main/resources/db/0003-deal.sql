--liquibase formatted sql

--changeset parley:0003-transfer
-- The terms of transfers and where each is; made in the commit of the item by append_items. Terms never change.
create table transfer (
  conversation bigint not null,
  seq bigint not null,
  amount bigint not null check (amount between 1 and 9007199254740991),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reference text,
  state text not null default 'initiated' check (state in ('initiated', 'succeeded', 'failed', 'canceled')),
  primary key (conversation, seq),
  foreign key (conversation, seq) references item (conversation, seq)
) with (fillfactor = 80);
-- Who moved it, when, from where to where. That it was initiated is the item's author and time. A state can be left only
-- once, so of two moves at the same time the database itself takes one.
create table transfer_event (
  conversation bigint not null,
  seq bigint not null,
  from_state text not null check (from_state = 'initiated'),
  to_state text not null check (to_state in ('succeeded', 'failed', 'canceled')),
  by bigint not null references party (id),
  at timestamptz not null,
  primary key (conversation, seq, from_state),
  foreign key (conversation, seq) references transfer (conversation, seq)
);
--rollback drop table transfer_event; drop table transfer;

--changeset parley:0003-reaction
-- Who chose which emoji for which item. How the item shows them is in item.reactions, kept in step under its lock.
create table reaction (
  conversation bigint not null,
  seq bigint not null,
  emoji text not null check (octet_length(emoji) between 1 and 32),
  party bigint not null references party (id),
  at timestamptz not null,
  primary key (conversation, seq, emoji, party),
  foreign key (conversation, seq) references item (conversation, seq)
);
--rollback drop table reaction;
