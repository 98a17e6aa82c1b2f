--liquibase formatted sql

--changeset parley:begin_file runOnChange:true splitStatements:false
-- Reserves the space of an upload. p_size is the most that it can have, or 0 if that is not known; then it gets as much as a
-- file may have, or what its owner has left. Returns 'begun', 'quota' if the owner has no room for it, or 'total' if the gateway
-- has none. An upload under a key that is known is admitted: it is not kept, whatever it turns out to be.
--
-- Uploads of one owner begin one after the other, so that each counts those that are running.
create or replace function begin_file(
  p_id uuid, p_owner bigint, p_name text, p_size bigint, p_largest bigint, p_quota bigint, p_total bigint, p_key text)
returns text
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  v_known boolean := exists (select from request r where r.caller = p_owner and r.key = p_key);
  v_room bigint;
  v_size bigint;
begin
  perform from party p where p.id = p_owner for no key update;
  select p_quota - coalesce(sum(f.size), 0) into v_room from file f where f.owner = p_owner;
  if not v_known and greatest(p_size, 1) > v_room then
    return 'quota';
  end if;
  v_size := case when p_size > 0 then p_size when v_known then p_largest else least(p_largest, v_room) end;
  -- last, because all uploads wait for this row until the commit
  insert into file (id, owner, name, size) values (p_id, p_owner, p_name, v_size);
  update file_space s set bytes = s.bytes + v_size where v_known or s.bytes + v_size <= p_total;
  if not found then
    delete from file where id = p_id;
    return 'total';
  end if;
  return 'begun';
end
$$;
