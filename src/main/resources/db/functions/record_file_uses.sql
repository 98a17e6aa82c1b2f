--liquibase formatted sql

--changeset parley:record_file_uses runOnChange:true splitStatements:false
-- Records which conversations contain the uploaded files of items that were just stored, and in how many items.
create or replace function record_file_uses(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  insert into file_use as u (file, conversation, items)
  select (a ->> 'id')::uuid, i.conversation, count(distinct i.seq)
  from unnest(p_results) r
  join item i on i.conversation = r.conversation and i.seq = r.seq
  cross join lateral jsonb_array_elements(i.payload -> 'attachments') a
  where r.fresh and a ? 'id'
  group by 1, 2
  order by 1, 2
  on conflict (file, conversation) do update set items = u.items + excluded.items;
end
$$;
