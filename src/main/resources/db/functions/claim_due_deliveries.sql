--liquibase formatted sql

--changeset parley:claim_due_deliveries runOnChange:true splitStatements:false
-- Claims up to p_limit due deliveries for a provider, under a lease of p_lease_ms; at most p_retries of them had a failed
-- attempt before. p_fresh allows deliveries that no provider has been asked for yet. "attempts" counts the failed ones, so
-- not those that were answered with a request to wait.
-- The search starts after (p_floor_at, p_floor) and, for retries, after (p_retry_floor_at, p_retry_floor), where an earlier
-- claim ended: deleted rows stay in the index for as long as any transaction can see them, and would be walked over again.
create or replace function claim_due_deliveries(
  p_provider text, p_route text, p_fresh boolean, p_limit integer, p_retries integer, p_lease_ms bigint,
  p_floor_at timestamptz, p_floor bigint, p_retry_floor_at timestamptz, p_retry_floor bigint)
returns table (
  delivery bigint, lease bigint, retry boolean, due_at timestamptz, channel text, sender text, recipient text,
  attempts integer, redrives integer, expires_at timestamptz, body text, payload jsonb, deleted boolean,
  created_at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_retries bigint[] := '{}';
  v_all bigint[];
  v_left integer;
begin
  if p_retries > 0 then
    v_retries := take_due_deliveries(
      true, p_provider, p_route, p_fresh, least(p_retries, p_limit), p_lease_ms, p_retry_floor_at, p_retry_floor);
  end if;
  v_left := p_limit - cardinality(v_retries);
  v_all := v_retries;
  if v_left > 0 then
    v_all := v_all || take_due_deliveries(
      false, p_provider, p_route, p_fresh, v_left, p_lease_ms, p_floor_at, p_floor);
  end if;

  return query
  select o.delivery, o.lease, o.delivery = any (v_retries), o.due_at, d.channel, d.sender, d.recipient,
    d.attempts - d.throttled, d.redrives, d.expires_at, i.body, i.payload, i.deleted, i.created_at
  from outbox o
  join delivery d on d.id = o.delivery
  join item i on i.conversation = d.conversation and i.seq = d.seq
  where o.delivery = any (v_all) order by o.due_at, o.delivery;
end
$$;
