--liquibase formatted sql

--changeset parley:delete_tally_hours runOnChange:true splitStatements:false
-- Deletes one hour of the tallies that is older than p_since, and says so from when on hours are kept. Returns how many hours
-- it deleted, or null while another node is at it. By the primary keys of
-- tally and tally_total.
create or replace function delete_tally_hours(p_since integer) returns integer
language plpgsql
set jit = off set enable_seqscan = off
as $$
declare
  v_since integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley tally', 0)) then
    return null;
  end if;
  select h.since into v_since from tally_hours h;
  if v_since >= p_since then
    return 0;
  end if;
  select least(p_since, min(t.oldest) + 1) into v_since
  from unnest(array['u', 'c']::"char"[]) k
  cross join lateral (
    select t.block as oldest from tally t where t.kind = k and t.level = 0 order by t.block limit 1
  ) t;
  update tally_hours set since = v_since;
  delete from tally t where t.kind = any (array['u', 'c']::"char"[]) and t.level = 0 and t.block < v_since;
  delete from tally_total t where t.level = 0 and t.block < v_since;
  return 1;
end
$$;
