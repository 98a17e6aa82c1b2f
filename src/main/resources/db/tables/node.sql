--liquibase formatted sql

--changeset parley:node
-- The gateways that use this database: one row for each process, written once a second by it and removed when it stops. So
-- nodes see who is alive even when they cannot reach each other. "draining" is set by others: the node shall let its clients
-- go. There are only a few rows, with no index on what changes: an update stays within its page.
create table node (
  id uuid primary key,
  name text not null,
  version text not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  draining boolean not null default false,
  status jsonb not null
) with (fillfactor = 25);
