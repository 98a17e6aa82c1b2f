--liquibase formatted sql

--changeset parley:settle_password runOnChange:true splitStatements:false
-- Decides whether a client may learn if its password was right: returns 0 if so, otherwise the milliseconds until it may try
-- again. Each call locks the counters before it reads them, the counter of an account first, so that of many parallel tries only
-- as many get a result as may be wrong. A wrong password whose result is revealed is counted; a right one makes the address known,
-- in place of the one that has not been used for longest if an account has a hundred.
create or replace function settle_password(
  p_account bigint, p_name text, p_address text, p_per_account integer, p_per_address integer, p_right boolean)
returns bigint
language plpgsql
set enable_seqscan = off
as $$
declare
  c_window constant interval := interval '5 minutes';
  c_most_known constant integer := 100;
  v_now timestamptz := clock_timestamp();
  v_counter record;
  v_row attempt_count;
  v_count integer;
  v_until timestamptz;
  v_blocked timestamptz;
begin
  for v_counter in
    select c.key from password_counters(p_account, p_name, p_address, p_per_account, p_per_address) c order by c.place
  loop
    if not p_right then
      insert into attempt_count (key, attempts, since, expires_at) values (v_counter.key, 0, v_now, v_now + c_window)
      on conflict do nothing;
    end if;
    select a.blocked_until into v_until from attempt_count a where a.key = v_counter.key for update;
    v_blocked := greatest(v_blocked, v_until);
  end loop;

  v_now := clock_timestamp();
  if v_blocked > v_now then
    return ceil(extract(epoch from v_blocked - v_now) * 1000);
  end if;

  if p_right then
    insert into known_address (account, address, signed_in_at) values (p_account, p_address, v_now)
    on conflict (account, address) do nothing;
    if found then
      delete from known_address k where k.account = p_account and k.address = any (array(
        select o.address from known_address o where o.account = p_account
        order by o.signed_in_at desc, o.address offset c_most_known for update skip locked));
    else
      update known_address k set signed_in_at = v_now
      where k.account = p_account and k.address = p_address and k.signed_in_at < v_now - interval '1 day';
    end if;
    return 0;
  end if;

  for v_counter in
    select c.* from password_counters(p_account, p_name, p_address, p_per_account, p_per_address) c order by c.place
  loop
    select a.* into v_row from attempt_count a where a.key = v_counter.key;
    if v_row.expires_at <= v_now then
      v_row.attempts := 0;
      v_row.since := v_now;
      v_row.expires_at := v_now + c_window;
    end if;
    v_count := v_row.attempts + 1;
    v_blocked := case
      when v_counter.most = 0 or v_count < v_counter.most then null
      when v_counter.escalating then
        v_now + least(c_window, interval '1 second' * power(2, least(v_count - v_counter.most + 1, 30)))
      else v_row.expires_at
    end;
    update attempt_count a set attempts = v_count, since = v_row.since, blocked_until = v_blocked,
      expires_at = greatest(v_row.expires_at, v_blocked + case when v_counter.escalating then c_window else interval '0' end)
    where a.key = v_counter.key;
  end loop;
  return 0;
end
$$;
