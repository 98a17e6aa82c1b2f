--liquibase formatted sql

--changeset parley:revise_deliveries runOnChange:true splitStatements:false
-- Gives the items of changed deliveries their next revisions, and returns the deliveries with them. The caller has locked
-- the conversations.
create or replace function revise_deliveries(p_delivery bigint[], p_conversation bigint[], p_seq bigint[])
returns table (delivery bigint, conversation bigint, seq bigint, rev bigint)
language plpgsql
as $$
#variable_conflict use_column
begin
  return query
  select p_delivery[r.idx], r.conversation, r.seq, r.rev from revise_items(p_conversation, p_seq) r
  order by r.conversation, r.rev, p_delivery[r.idx];
end
$$;
