--liquibase formatted sql

--changeset parley:index_items runOnChange:true splitStatements:false
-- Indexes wherever there is something to index. It compares all conversations, like tally_messages.
create or replace function index_items(p_most integer) returns integer
language plpgsql
as $$
declare
  v_behind bigint[];
begin
  select array_agg(b.id) into v_behind
  from (
    select c.id from conversation c left join texted t on t.conversation = c.id
    where c.rev > coalesce(t.rev, 0) or c.last_seq > coalesce(t.seq, 0)
    order by c.last_seq - coalesce(t.seq, 0) desc, c.id
    limit p_most
  ) b;
  return (select i.items from index_conversations(coalesce(v_behind, '{}'), p_most) i);
end
$$;
