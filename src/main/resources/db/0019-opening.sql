--liquibase formatted sql

--changeset parley:0019-ensure-address
-- a plan made while nobody was there yet would read them all, and be kept
alter function ensure_address(text, text, text) set enable_seqscan = off;
--rollback alter function ensure_address(text, text, text) reset enable_seqscan;

--changeset parley:0019-open-places splitStatements:false
-- Where messages of people outside go that have no place yet: the conversations of their pairs of addresses, made where they
-- are not there by now, many in one commit. The number of a conversation is taken last, since it is everybody's until the
-- commit; addresses and pairs are each taken in their order, so that nobody waits for each other.
create function open_places(
  p_contact_kind text[], p_contact text[], p_contact_text text[], p_side_kind text[], p_side text[], p_side_text text[], p_source text[])
returns table (contact bigint, side bigint, id bigint, created boolean)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_each record;
begin
  for v_each in
    select distinct on (a.handle) a.handle, a.kind, a.text
    from unnest(p_contact || p_side, p_contact_kind || p_side_kind, p_contact_text || p_side_text) with ordinality as a (handle, kind, text, n)
    order by a.handle, a.n
  loop
    perform ensure_address(v_each.kind, v_each.handle, v_each.text);
  end loop;
  for v_each in
    select distinct 'external:' || least(c.id, s.id) || ':' || greatest(c.id, s.id) as pair
    from unnest(p_contact, p_side) as l (contact, side) join party c on c.handle = l.contact join party s on s.handle = l.side
    order by pair
  loop
    perform pg_advisory_xact_lock(hashtextextended(v_each.pair, 0));
  end loop;
  for n in 1 .. cardinality(p_contact) loop
    select c.id, s.id into contact, side from party c, party s where c.handle = p_contact[n] and s.handle = p_side[n];
    select o.id, o.created into id, created from open_external(contact, side, p_source[n], p_side_text[n]) o;
    return next;
  end loop;
end
$$;
--rollback drop function open_places;
