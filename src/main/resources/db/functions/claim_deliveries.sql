--liquibase formatted sql

--changeset parley:claim_deliveries runOnChange:true splitStatements:false
-- For nodes of the previous version, which do not limit retries in the claim: see claim_due_deliveries.
create or replace function claim_deliveries(
  p_provider text, p_route text, p_fresh boolean, p_limit integer, p_lease_ms bigint,
  p_floor_at timestamptz, p_floor bigint)
returns table (
  delivery bigint, lease bigint, due_at timestamptz, channel text, sender text, recipient text, attempts integer,
  redrives integer, expires_at timestamptz, body text, payload jsonb, deleted boolean, created_at timestamptz)
language sql
as $$
  select c.delivery, c.lease, c.due_at, c.channel, c.sender, c.recipient, c.attempts, c.redrives, c.expires_at, c.body,
    c.payload, c.deleted, c.created_at
  from claim_due_deliveries(
    p_provider, p_route, p_fresh, p_limit, p_limit, p_lease_ms, p_floor_at, p_floor, p_floor_at, p_floor) c
$$;
