--liquibase formatted sql

--changeset parley:open_external_conversations runOnChange:true splitStatements:false
-- Returns the conversations of pairs of addresses (a contact and one of our sender addresses), and creates those that do not
-- exist, many in one commit. A pair has one conversation, whichever side wrote first.
-- Parties and pairs are locked in a fixed order, so two batches do not deadlock, and parties come before pairs and ids in
-- every transaction, the creation of groups included. The conversation ids come last: everybody else who opens a conversation
-- waits for them until this commit.
create or replace function open_external_conversations(
  p_contact_kind text[], p_contact text[], p_contact_address text[],
  p_own_kind text[], p_own text[], p_own_address text[], p_channel text[])
returns table (contact bigint, own bigint, id bigint, created boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_each record;
  v_key text;
  v_now timestamptz;
begin
  for v_each in
    select distinct on (a.handle collate "C") a.handle, a.kind, a.address
    from unnest(p_contact || p_own, p_contact_kind || p_own_kind, p_contact_address || p_own_address)
      with ordinality as a (handle, kind, address, n)
    order by a.handle collate "C", a.n
  loop
    perform ensure_party(v_each.kind, v_each.handle, v_each.address);
  end loop;

  for v_each in
    select distinct 'external:' || least(c.id, o.id) || ':' || greatest(c.id, o.id) as key
    from unnest(p_contact, p_own) as l (contact, own)
    join party c on c.handle = l.contact join party o on o.handle = l.own
    order by key
  loop
    perform pg_advisory_xact_lock(hashtextextended(v_each.key, 0));
  end loop;

  for n in 1 .. cardinality(p_contact) loop
    select c.id, o.id into contact, own from party c, party o where c.handle = p_contact[n] and o.handle = p_own[n];
    v_key := 'external:' || least(contact, own) || ':' || greatest(contact, own);
    select c.id into id from conversation c where c.audience_key = v_key;
    created := id is null;
    if created then
      id := next_conversation_id();
      v_now := date_trunc('milliseconds', clock_timestamp());
      insert into conversation (id, kind, audience_key, rev, member_count, outside, created_at, active_at)
      values (id, 'external', v_key, 1, 2, true, v_now, v_now);
      insert into member (conversation, party, channel, via, joined_at)
      values (id, own, p_channel[n], null, v_now), (id, contact, p_channel[n], p_own_address[n], v_now);
      insert into change (conversation, kind, subject, rev, at) values (id, 'conversation', 0, 1, v_now);
      insert into external (conversation, active_at) values (id, v_now);
    end if;
    return next;
  end loop;
end
$$;
