--liquibase formatted sql

--changeset parley:sweep_files runOnChange:true splitStatements:false
-- Deletes up to p_limit files of each kind that nobody uses: uploads that were not completed within an hour, files that no
-- conversation has held for a day, and files that were not used on their first day. Returns a positive number if there may be
-- more to do. One node at a time looks for the latter.
create or replace function sweep_files(p_limit integer) returns integer
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  c_checked constant integer := 1000;
  v_now timestamptz := clock_timestamp();
  v_since timestamptz;
  v_to timestamptz;
  v_count integer;
  v_more integer := 0;
begin
  delete from file where id = any (array(
    select f.id from file f where f.sha256 is null and f.created_at < v_now - interval '1 hour'
    order by f.created_at limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  v_more := v_more + v_count;

  -- a file may have been used again since
  with released as (
    select f.id, exists (select from file_use u where u.file = f.id) as used
    from file f where f.let_go_at < v_now - interval '1 day' order by f.let_go_at limit p_limit for update skip locked
  ), kept as (
    update file f set let_go_at = null from released r where f.id = r.id and r.used
  )
  delete from file f using released r where f.id = r.id and not r.used;
  get diagnostics v_count = row_count;
  v_more := v_more + v_count;

  select s.checked_to into v_since from file_sweep s for update skip locked;
  if v_since is null then
    return v_more;
  end if;
  select max(f.created_at) into v_to from (
    select f.created_at from file f where f.created_at > v_since and f.created_at < v_now - interval '1 day'
    order by f.created_at limit c_checked
  ) f;
  if v_to is null then
    return v_more;
  end if;
  -- those that were released have their own time
  delete from file where id = any (array(
    select f.id from file f
    where f.created_at > v_since and f.created_at <= v_to and f.sha256 is not null and f.let_go_at is null
      and not exists (select from file_use u where u.file = f.id)
    order by f.created_at limit p_limit for update skip locked));
  get diagnostics v_count = row_count;
  if v_count < p_limit then
    update file_sweep set checked_to = v_to;
  end if;
  return v_more + 1;
end
$$;
