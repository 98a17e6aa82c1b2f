--liquibase formatted sql

--changeset parley:record_lost_attempts runOnChange:true splitStatements:false
-- Records the attempts of deliveries whose lease has run out. The node that asked may still report what happened, and
-- then its report replaces this.
create or replace function record_lost_attempts(p_delivery bigint[]) returns void
language sql
as $$
  insert into attempt (delivery, redrive, lease, provider, began_at, ended_at, outcome, code, message, next_due_at)
  select o.delivery, d.redrives, o.lease, o.asked, coalesce(o.asked_at, n.now), n.now, 'unknown', 'lease_expired',
    'The node that asked the provider did not report the outcome.', n.now
  from (select date_trunc('milliseconds', clock_timestamp()) as now) n, outbox o join delivery d on d.id = o.delivery
  where o.delivery = any (p_delivery) and o.asked is not null
  on conflict (delivery, redrive, lease) do nothing
$$;
