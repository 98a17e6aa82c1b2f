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
  v_bytes bigint;
  v_freed bigint := 0;
  v_more integer := 0;
begin
  with gone as (
    delete from file where id = any (array(
      select f.id from file f where f.sha256 is null and f.created_at < v_now - interval '1 hour'
      order by f.created_at limit p_limit for update skip locked))
    returning size
  )
  select count(*), coalesce(sum(g.size), 0) into v_count, v_bytes from gone g;
  v_more := v_more + v_count;
  v_freed := v_freed + v_bytes;

  -- a file may have been used again since
  with released as (
    select f.id, exists (select from file_use u where u.file = f.id) as used
    from file f where f.let_go_at < v_now - interval '1 day' order by f.let_go_at limit p_limit for update skip locked
  ), kept as (
    update file f set let_go_at = null from released r where f.id = r.id and r.used
  ), gone as (
    delete from file f using released r where f.id = r.id and not r.used returning f.size
  )
  select count(*), coalesce(sum(g.size), 0) into v_count, v_bytes from gone g;
  v_more := v_more + v_count;
  v_freed := v_freed + v_bytes;

  select s.checked_to into v_since from file_sweep s for update skip locked;
  select max(f.created_at) into v_to from (
    select f.created_at from file f where f.created_at > v_since and f.created_at < v_now - interval '1 day'
    order by f.created_at limit c_checked
  ) f;
  if v_to is not null then
    -- those that were released have their own time
    with gone as (
      delete from file where id = any (array(
        select f.id from file f
        where f.created_at > v_since and f.created_at <= v_to and f.sha256 is not null and f.let_go_at is null
          and not exists (select from file_use u where u.file = f.id)
        order by f.created_at limit p_limit for update skip locked))
      returning size
    )
    select count(*), coalesce(sum(g.size), 0) into v_count, v_bytes from gone g;
    if v_count < p_limit then
      update file_sweep set checked_to = v_to;
    end if;
    v_freed := v_freed + v_bytes;
    v_more := v_more + 1;
  end if;

  -- last, because uploads wait for this row
  if v_freed > 0 then
    update file_space set bytes = bytes - v_freed;
  end if;
  perform count_file_space();
  return v_more;
end
$$;
