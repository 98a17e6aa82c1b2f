--liquibase formatted sql

--changeset parley:0014-hold
-- How many items of a conversation hold a file: when the last of them is deleted, the conversation holds it no more.
alter table file_use add column items integer not null default 1 check (items > 0);
-- since when nobody may have it but its owner; it is kept for another day
alter table file add column let_go_at timestamptz;
with held as (
  select (a ->> 'id')::uuid as file, i.conversation, count(distinct i.seq) as items
  from (select distinct conversation from file_use) u
  join item i on i.conversation = u.conversation
  cross join lateral jsonb_array_elements(i.payload -> 'attachments') a
  where a ->> 'id' is not null group by 1, 2
), counted as (
  update file_use u set items = h.items from held h where h.file = u.file and h.conversation = u.conversation
)
delete from file_use u where not exists (select from held h where h.file = u.file and h.conversation = u.conversation);
update file f set let_go_at = clock_timestamp()
where f.sha256 is not null and not exists (select from file_use u where u.file = f.id);
--rollback alter table file drop column let_go_at; alter table file_use drop column items;

--changeset parley:0014-use-files splitStatements:false
-- As before, and counts the items. append_items calls it by its name.
alter function use_files(append_result[]) rename to use_files_once;
create function use_files(p_results append_result[]) returns void
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
--rollback drop function use_files(append_result[]); alter function use_files_once(append_result[]) rename to use_files;
