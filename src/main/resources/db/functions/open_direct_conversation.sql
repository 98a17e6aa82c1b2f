--liquibase formatted sql

--changeset parley:open_direct_conversation runOnChange:true splitStatements:false
-- Returns the direct conversation of two parties, and creates it if it does not exist. It looks before it locks, because
-- the conversation usually exists.
create or replace function open_direct_conversation(p_one bigint, p_other bigint)
returns table (id bigint, created boolean)
language plpgsql
as $$
#variable_conflict use_column
declare
  v_key text := 'direct:' || least(p_one, p_other) || ':' || greatest(p_one, p_other);
  v_now timestamptz;
  v_id bigint;
begin
  select c.id into v_id from conversation c where c.audience_key = v_key;
  if v_id is null then
    perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
    select c.id into v_id from conversation c where c.audience_key = v_key;
  end if;
  if v_id is not null then
    return query select v_id, false;
    return;
  end if;

  v_id := next_conversation_id();
  v_now := date_trunc('milliseconds', clock_timestamp());
  insert into conversation (id, kind, audience_key, rev, member_count, created_at, active_at)
  values (v_id, 'direct', v_key, 1, 2, v_now, v_now);
  insert into member (conversation, party, joined_at) values (v_id, p_one, v_now), (v_id, p_other, v_now);
  insert into change (conversation, kind, subject, rev, at) values (v_id, 'conversation', 0, 1, v_now);
  return query select v_id, true;
end
$$;
