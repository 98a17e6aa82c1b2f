--liquibase formatted sql

--changeset parley:is_unfinished runOnChange:true splitStatements:false
-- Whether the job 'tally' or 'index' has not done all of a conversation that happened before p_before. Times never go back
-- within a conversation, so the first thing that is not done decides. By the primary keys of tallied, texted and item, by
-- item_message and change_rev.
create or replace function is_unfinished(p_job text, p_conversation bigint, p_before timestamptz) returns boolean
language plpgsql stable cost 100000
as $$
declare
  v_last bigint;
  v_rev bigint;
  v_done bigint;
  v_done_rev bigint;
begin
  if p_job = 'tally' then
    select c.messages into v_last from conversation c where c.id = p_conversation;
    select t.message_no into v_done from tallied t where t.conversation = p_conversation;
    return v_last > coalesce(v_done, 0) and (
      select i.created_at < p_before from item i
      where i.conversation = p_conversation and i.message_no = coalesce(v_done, 0) + 1);
  end if;
  select c.last_seq, c.rev into v_last, v_rev from conversation c where c.id = p_conversation;
  select t.seq, t.rev into v_done, v_done_rev from texted t where t.conversation = p_conversation;
  return v_last > coalesce(v_done, 0) and (
      select i.created_at < p_before from item i where i.conversation = p_conversation and i.seq = coalesce(v_done, 0) + 1)
    or v_rev > v_done_rev and exists (
      select from change h
      where h.conversation = p_conversation and h.rev > v_done_rev and h.kind = 'item' and h.at < p_before);
end
$$;
