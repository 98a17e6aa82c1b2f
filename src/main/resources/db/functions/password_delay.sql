--liquibase formatted sql

--changeset parley:password_delay runOnChange:true splitStatements:false
-- For how many milliseconds no password is checked, and whether the address is known to the account.
create or replace function password_delay(
  p_account bigint, p_name text, p_address text, p_per_account integer, p_per_address integer)
returns table (known boolean, delay_ms bigint)
language sql stable
set enable_seqscan = off
as $$
  select coalesce(bool_or(c.known), false),
    coalesce(max(ceil(extract(epoch from a.blocked_until - clock_timestamp()) * 1000)), 0)::bigint
  from password_counters(p_account, p_name, p_address, p_per_account, p_per_address) c
  left join attempt_count a on a.key = c.key and a.blocked_until > clock_timestamp()
$$;
