--liquibase formatted sql

--changeset parley:next_conversation_id runOnChange:true splitStatements:false
-- Takes the next conversation id. Ids have no gaps, so everybody else who opens a conversation waits for this commit.
create or replace function next_conversation_id() returns bigint language sql as $$
  update conversation_counter set last = last + 1 returning last
$$;
