--liquibase formatted sql

--changeset parley:sum_up_days runOnChange:true splitStatements:false
-- Sums up at most p_most days that have tallies but no sum yet, the latest first: those that an earlier version tallied.
-- Returns how many, or null while another node is at it. By the primary keys of tally and tally_total.
create or replace function sum_up_days(p_most integer) returns integer
language plpgsql
set jit = off set enable_seqscan = off
as $$
declare
  v_days integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley tally', 0)) then
    return null;
  end if;
  -- an index look-up for each day
  with recursive day as (
    select max(t.block) as block from tally t where t.kind = 'u' and t.level = 1
    union all
    select (select max(t.block) from tally t where t.kind = 'u' and t.level = 1 and t.block < d.block)
    from day d where d.block is not null
  ), missing as (
    select d.block from day d
    where d.block is not null
      and (select true from tally_total t where t.level = 1 and t.block = d.block) is null
    limit p_most
  )
  insert into tally_total (level, block, n) select 1, m.block, sum_tallies(1::smallint, m.block) from missing m;
  get diagnostics v_days = row_count;
  return v_days;
end
$$;
