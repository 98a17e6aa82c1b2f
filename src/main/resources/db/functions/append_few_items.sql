--liquibase formatted sql

--changeset parley:append_few_items runOnChange:true splitStatements:false
-- append_items for a small batch: the same outcomes, but one item after another by a handful of prepared look-ups. Up to
-- about ten items that is several times cheaper than the joins and windows of the batch; beyond that the batch is cheaper.
--
-- The rules are the same: lock first, decide in later statements. Once an item finds its conversation locked, the later
-- items of that conversation are 'busy' too, so that no author's items overtake each other. Transfers, uploads and
-- conversations with external participants are left to append_items.
create or replace function append_few_items(
  p_conversation bigint[], p_author bigint[], p_key uuid[], p_request uuid[], p_type text[], p_body text[],
  p_payload text[], p_client_id text[], p_reply_to bigint[], p_uploads boolean[], p_wait boolean)
returns table (
  outcome text, seq bigint, rev bigint, message_no bigint, at timestamptz, channel text, direction text, deliveries jsonb)
language plpgsql
as $$
#variable_conflict use_column
declare
  v_conversation bigint;
  v_author bigint;
  v_last_seq bigint;
  v_last_rev bigint;
  v_messages bigint;
  v_active timestamptz;
  v_external boolean;
  v_request uuid;
  v_busy bigint[] := '{}';
begin
  for n in 1 .. cardinality(p_conversation) loop
    v_conversation := p_conversation[n];
    v_author := p_author[n];
    outcome := null;
    seq := null;
    rev := null;
    message_no := null;
    at := null;

    if p_wait then
      select c.last_seq, c.rev, c.messages, c.active_at, c.outside or c.kind = 'external'
      into v_last_seq, v_last_rev, v_messages, v_active, v_external
      from conversation c where c.id = v_conversation for no key update;
    elsif v_conversation = any (v_busy) then
      outcome := 'busy';
    else
      select c.last_seq, c.rev, c.messages, c.active_at, c.outside or c.kind = 'external'
      into v_last_seq, v_last_rev, v_messages, v_active, v_external
      from conversation c where c.id = v_conversation for no key update skip locked;
    end if;
    if outcome is not null then
      return next;
      continue;
    elsif not found then
      if exists (select from conversation c where c.id = v_conversation) then
        outcome := 'busy';
        v_busy := v_busy || v_conversation;
      else
        outcome := 'not_member';
      end if;
      return next;
      continue;
    elsif v_external or p_type[n] = 'transfer' or p_uploads[n] then
      return query select a.* from append_items(
        p_conversation[n:n], p_author[n:n], p_key[n:n], p_request[n:n], p_type[n:n], p_body[n:n],
        p_payload[n:n], p_client_id[n:n], p_reply_to[n:n], p_uploads[n:n], p_wait) a;
      continue;
    end if;

    select i.seq, i.created_rev, i.message_no, i.created_at, i.request into seq, rev, message_no, at, v_request
    from item i where i.conversation = v_conversation and i.key = p_key[n];
    if found then
      outcome := case when v_request = p_request[n] then 'replayed' else 'key_reused' end;
    elsif p_reply_to[n] > v_last_seq then
      outcome := 'no_such_item';
    end if;
    if outcome is not null then
      if not exists (select from member m where m.conversation = v_conversation and m.party = v_author) then
        outcome := 'not_member';
      end if;
      return next;
      continue;
    end if;

    -- the author's read mark; that there is a row to update is also the check of membership
    update member m set read_seq = v_last_seq + 1 where m.conversation = v_conversation and m.party = v_author;
    if not found then
      outcome := 'not_member';
      return next;
      continue;
    end if;
    outcome := 'stored';
    seq := v_last_seq + 1;
    rev := v_last_rev + 1;
    message_no := case when p_type[n] = 'message' then v_messages + 1 end;
    at := greatest(v_active, date_trunc('milliseconds', clock_timestamp()));
    update conversation c
    set last_seq = v_last_seq + 1, rev = v_last_rev + 1, messages = coalesce(message_no, v_messages), active_at = at
    where c.id = v_conversation;
    insert into item (conversation, seq, created_rev, rev, message_no, author, type, body, payload, reply_to, client_id,
      key, request, created_at, updated_at)
    values (v_conversation, seq, rev, rev, message_no, v_author, p_type[n], p_body[n], p_payload[n]::jsonb, p_reply_to[n],
      p_client_id[n], p_key[n], p_request[n], at, at);
    return next;
  end loop;
end
$$;
