--liquibase formatted sql

--changeset parley:tally_messages runOnChange:true splitStatements:false
-- Tallies wherever there is something to tally. It compares all conversations: nodes of the previous version call it, and
-- callers that need everything tallied at once. See tally_conversations.
create or replace function tally_messages(p_most integer, p_since integer) returns integer
language plpgsql
as $$
declare
  v_behind bigint[];
begin
  select array_agg(b.id) into v_behind
  from (
    select c.id from conversation c left join tallied t on t.conversation = c.id
    where c.messages > coalesce(t.message_no, 0)
    order by c.messages - coalesce(t.message_no, 0) desc, c.id
    limit p_most
  ) b;
  perform delete_tally_hours(p_since);
  return (select t.messages from tally_conversations(coalesce(v_behind, '{}'), p_most) t);
end
$$;
