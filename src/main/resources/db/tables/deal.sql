--liquibase formatted sql

--changeset parley:transfer
-- The terms and the current state of each item of type transfer. The row is inserted in the commit of the item; its terms
-- never change.
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

-- Who moved a transfer to its final state, and when. (Its author and its time of creation are the item's.)
-- The primary key lets a transfer leave each state only once, so of two concurrent moves the database accepts one.
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

--changeset parley:reaction
-- Who reacted to which item with which emoji. item.reactions is updated with these rows, under the lock of the conversation.
create table reaction (
  conversation bigint not null,
  seq bigint not null,
  emoji text not null check (octet_length(emoji) between 1 and 32),
  party bigint not null references party (id),
  at timestamptz not null,
  primary key (conversation, seq, emoji, party),
  foreign key (conversation, seq) references item (conversation, seq)
);
