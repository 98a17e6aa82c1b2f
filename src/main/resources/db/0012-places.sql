--liquibase formatted sql

--changeset parley:0012-find-places splitStatements:false
-- Where messages of people outside belong, a batch in one go, and where those are that came before: those that a provider
-- brings have a source. What came from an address to a side of ours that it is in a group with belongs to that group.
create function find_places(p_sender text[], p_recipient text[], p_source text[], p_side text[], p_id text[])
returns table (from_id bigint, from_name text, to_id bigint, to_name text, known bigint, known_seq bigint, conversation bigint)
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
      where l.source is not null and m.party = f.id and m.via = l.side and g.kind = 'group' limit 1
    ), c.id)
  from unnest(p_sender, p_recipient, p_source, p_side, p_id) with ordinality as l (sender, recipient, source, side, id, idx)
  left join lateral (select p.id, p.name from party p where p.handle = l.sender offset 0) f on true
  left join lateral (select p.id, p.name from party p where p.handle = l.recipient offset 0) t on true
  left join lateral (
    select x.id from conversation x
    where x.audience_key = 'external:' || least(f.id, t.id) || ':' || greatest(f.id, t.id) and f.id is not null and t.id is not null offset 0
  ) c on true
  left join lateral (select i.conversation, i.seq from inbound i where i.source = l.source and i.id = l.id offset 0) n on true
  order by l.idx;
end
$$;
--rollback drop function find_places;
