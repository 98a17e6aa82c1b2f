--liquibase formatted sql

--changeset parley:password_counters runOnChange:true splitStatements:false
-- What a wrong password is counted by: the account and the address if somebody has signed in from there within 30 days;
-- otherwise the account, or the name if no account has it, and the address. Without an address nothing is counted. A counter
-- that escalates delays the next password longer each time; another one is closed until its time is over.
create or replace function password_counters(
  p_account bigint, p_name text, p_address text, p_per_account integer, p_per_address integer)
returns table (place integer, key text, most integer, escalating boolean, known boolean)
language sql stable
set enable_seqscan = off
as $$
  with familiar as (
    select exists (
      select from known_address k
      where k.account = p_account and k.address = p_address and k.signed_in_at > clock_timestamp() - interval '30 days'
    ) as known
  )
  select 1,
    case
      when f.known then 'account:' || p_account || ' from ' || p_address
      when p_account is not null then 'account:' || p_account
      else 'name:' || left(encode(sha256(convert_to(lower(p_name), 'UTF8')), 'hex'), 32)
    end, p_per_account, true, f.known
  from familiar f where p_address is not null
  union all
  select 2, 'address:' || p_address, p_per_address, false, false
  from familiar f where p_address is not null and not f.known
$$;
