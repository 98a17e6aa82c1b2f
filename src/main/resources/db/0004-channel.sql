--liquibase formatted sql

--changeset parley:0004-delivery
-- What became of each item for each member outside. Made in the commit of the item, in the order of items.
create table delivery (
  id bigint primary key generated always as identity,
  conversation bigint not null,
  seq bigint not null,
  party bigint not null references party (id),
  channel text not null check (channel in ('sms', 'mms', 'email')),
  sender text not null,
  recipient text not null,
  provider text,
  reference text,
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired')),
  attempts integer not null default 0,
  unknown integer not null default 0,
  redrives integer not null default 0,
  error_code text,
  error_message text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null,
  foreign key (conversation, seq) references item (conversation, seq)
) with (fillfactor = 70);
create unique index delivery_item on delivery (conversation, seq, party);
create unique index delivery_reference on delivery (provider, reference) where reference is not null;
--rollback drop table delivery;

--changeset parley:0004-outbox
-- Pending work only: a row for each delivery that is not over. Rows of one queue (route, sender, recipient) go one after
-- the other, by id. The lease number rises with every claim: whoever settles under an older one settles nothing.
create table outbox (
  delivery bigint primary key references delivery (id),
  route text not null check (route in ('sms', 'email')),
  queue bigint not null,
  due_at timestamptz not null,
  lease bigint not null default 0,
  leased_until timestamptz,
  bound_to text
) with (fillfactor = 70);
create index outbox_queue on outbox (queue, delivery);
--rollback drop table outbox;
