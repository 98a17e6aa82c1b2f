--liquibase formatted sql

--changeset parley:find_external_conversations runOnChange:true splitStatements:false
-- Finds where a batch of messages from and to external parties belongs: the parties of both addresses, the item that holds
-- the message already (found by the provider's id), and the conversation. p_source is set for messages that a provider
-- delivered to us: one that comes from a group member who is reached from p_own_address belongs to that group.
create or replace function find_external_conversations(
  p_from text[], p_to text[], p_source text[], p_own_address text[], p_id text[])
returns table (
  from_id bigint, from_name text, to_id bigint, to_name text, stored_in bigint, stored_seq bigint, conversation bigint)
language plpgsql
stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select f.id, f.name, t.id, t.name, n.conversation, n.seq,
    coalesce((
      select m.conversation from member m join conversation g on g.id = m.conversation
      where l.source is not null and m.party = f.id and lower(m.via) = lower(l.own_address) and g.kind = 'group' limit 1
    ), c.id)
  from unnest(p_from, p_to, p_source, p_own_address, p_id)
    with ordinality as l (sender, recipient, source, own_address, id, idx)
  left join lateral (select p.id, p.name from party p where p.handle = l.sender offset 0) f on true
  left join lateral (select p.id, p.name from party p where p.handle = l.recipient offset 0) t on true
  left join lateral (
    select x.id from conversation x
    where x.audience_key = 'external:' || least(f.id, t.id) || ':' || greatest(f.id, t.id)
      and f.id is not null and t.id is not null offset 0
  ) c on true
  left join lateral (select i.conversation, i.seq from inbound i where i.source = l.source and i.id = l.id offset 0) n on true
  order by l.idx;
end
$$;
