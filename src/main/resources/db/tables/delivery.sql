--liquibase formatted sql

--changeset parley:delivery
-- What became of an item for each external participant. Inserted in the commit of the item, so ids follow the order of items.
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
-- Provider callbacks name a message by its reference.
create unique index delivery_reference on delivery (provider, reference) where reference is not null;
-- Lists and redrives what ended without success.
create index delivery_over on delivery (id) where state in ('failed', 'expired');

--changeset parley:outbox
-- One row for each delivery that is still pending. Rows of one queue (route, sender, recipient) are sent one after another,
-- in the order of their ids; all but the first are parked with due_at = infinity until the one before ends.
-- Each claim raises "lease", so a node that settles under an old lease changes nothing. "asked" is the provider that was
-- asked under the current lease. "bound_to" is the only provider that may be asked again, once an attempt ended without a
-- known outcome: another provider would send the message twice.
create table outbox (
  delivery bigint primary key references delivery (id),
  route text not null check (route in ('sms', 'email')),
  queue bigint not null,
  due_at timestamptz not null,
  lease bigint not null default 0,
  leased_until timestamptz,
  asked text,
  bound_to text
) with (fillfactor = 70);
create index outbox_queue on outbox (queue, delivery);
create index outbox_due on outbox (route, due_at, delivery);

--changeset parley:early-status
-- Provider callbacks that arrived before their reference was stored; kept for ten minutes, and applied once it is.
create table early_status (
  id bigint primary key generated always as identity,
  provider text not null,
  reference text not null,
  state text not null check (state in ('sent', 'delivered', 'failed')),
  code text,
  message text,
  at timestamptz not null default clock_timestamp()
);
create unique index early_status_reference on early_status (provider, reference, state);
