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

--changeset parley:delivery-throttled
-- How many of the attempts were answered with a request to wait. They do not count towards the end of a delivery.
alter table delivery add column throttled integer not null default 0;

--changeset parley:outbox-retry
-- "retry" says that an attempt failed: such rows are claimed within the provider's retry budget. "asked_at" is when the
-- present lease began.
alter table outbox add column retry boolean not null default false, add column asked_at timestamptz;

--changeset parley:outbox-retry-due runInTransaction:false
create index concurrently if not exists outbox_retry_due on outbox (route, due_at, delivery) where retry;

--changeset parley:attempt
-- What happened each time a provider was asked to take a message: one row for each lease under which it was asked. Written
-- in the commit of the settlement, kept for 30 days. No foreign key: deliveries are never deleted, and checking one would
-- cost every attempt a look-up.
create table attempt (
  delivery bigint not null,
  redrive integer not null,
  lease bigint not null,
  provider text not null,
  began_at timestamptz not null,
  ended_at timestamptz not null,
  outcome text not null check (outcome in ('sent', 'refused', 'throttled', 'unavailable', 'unknown')),
  status integer,
  code text,
  message text,
  breaker text check (breaker in ('closed', 'open', 'half_open')),
  next_due_at timestamptz,
  request text,
  response text,
  primary key (delivery, redrive, lease)
);
create index attempt_ended on attempt (ended_at);

--changeset parley:delivery-state runInTransaction:false
-- Lists by state, by provider and by recipient, in the order of ids; see the class DeliveryQuery.
create index concurrently if not exists delivery_state on delivery (state, id);

--changeset parley:delivery-provider-state runInTransaction:false
create index concurrently if not exists delivery_provider_state on delivery (provider, state, id) where provider is not null;

--changeset parley:delivery-party runInTransaction:false
create index concurrently if not exists delivery_party on delivery (party, id);

--changeset parley:early-status-at runInTransaction:false
create index concurrently if not exists early_status_at on early_status (at);

--changeset parley:delivery-pending-expiry runInTransaction:false
-- What expires next: pending deliveries only, which are few beside those that have ended.
create index concurrently if not exists delivery_pending_expiry on delivery (expires_at, id)
  where state in ('queued', 'sending');

--changeset parley:provider-seen
-- When a running node last had each provider: reported by all nodes, see the class SeenProviders.
create table provider_seen (
  name text primary key,
  route text not null check (route in ('sms', 'email')),
  seen_at timestamptz not null
) with (fillfactor = 50);

--changeset parley:sent-today
-- How many deliveries each sender address had on the last day (UTC) on which it sent; see count_sends.
create table sent_today (
  sender text primary key,
  day date not null,
  deliveries bigint not null
) with (fillfactor = 50);

--changeset parley:sent-part
-- The same in parts, so that transactions which send from one address do not wait for each other.
create table sent_part (
  sender text not null,
  part integer not null,
  day date not null,
  deliveries bigint not null,
  primary key (sender, part)
) with (fillfactor = 50);
