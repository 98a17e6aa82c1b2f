--liquibase formatted sql

--changeset parley:ensure_party runOnChange:true splitStatements:false
-- Returns the party of an address, and creates it if it does not exist. It looks first: an insert that finds the handle
-- taken would still consume a number of the identity column and leave a gap.
-- Plans are cached: one made while the table was empty would scan it for ever, hence no sequential scans.
create or replace function ensure_party(p_kind text, p_handle text, p_address text) returns bigint
language plpgsql
set enable_seqscan = off
as $$
declare
  v_id bigint;
begin
  select p.id into v_id from party p where p.handle = p_handle;
  if v_id is null then
    insert into party (kind, handle, name, address) values (p_kind, p_handle, p_address, p_address)
    on conflict (handle) do nothing returning id into v_id;
    if v_id is null then
      select p.id into v_id from party p where p.handle = p_handle;
    end if;
  end if;
  return v_id;
end
$$;
