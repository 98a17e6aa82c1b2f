--liquibase formatted sql

--changeset parley:count_file_space runOnChange:true splitStatements:false
-- Counts the bytes of all files anew, at most once a day and on one node at a time: nodes of an earlier version do not count
-- what they store and delete. It reads the whole table, which has no content, and uploads wait for it to begin or to end.
create or replace function count_file_space() returns void
language plpgsql
set enable_seqscan = on
as $$
begin
  perform from file_space s where s.counted_at < clock_timestamp() - interval '1 day' for no key update skip locked;
  if found then
    update file_space set bytes = (select coalesce(sum(f.size), 0) from file f), counted_at = clock_timestamp();
  end if;
end
$$;
