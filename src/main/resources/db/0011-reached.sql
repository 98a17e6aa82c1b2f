--liquibase formatted sql

--changeset parley:0011-mark-reached splitStatements:false
-- Moves marks of how far members were told forward, a batch in one go. Told is up to a rev; created_rev rises with seq,
-- so the item that belongs to it is near the end. Rows that somebody holds are left, and their conversations returned:
-- whoever never waits is in no circle of waiting, and in nobody's way for long. Who has read as far needs no mark.
create function mark_reached(p_conversation bigint[], p_party bigint[], p_rev bigint[])
returns table (conversation bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  with behind as materialized (
    select t.conversation, t.party, max(i.seq) as seq
    from unnest(p_conversation, p_party, p_rev) as t (conversation, party, rev)
    cross join lateral (
      select i.seq from item i where i.conversation = t.conversation and i.created_rev <= t.rev order by i.seq desc limit 1
    ) i
    cross join lateral (
      select from member m
      where m.conversation = t.conversation and m.party = t.party and greatest(m.read_seq, m.delivered_seq) < i.seq offset 0
    ) m
    group by t.conversation, t.party
  ), free as materialized (
    select b.conversation, b.party, b.seq from behind b
    cross join lateral (
      select m.party from member m where m.conversation = b.conversation and m.party = b.party for no key update skip locked
    ) m
  ), marked as (
    update member m set delivered_seq = greatest(m.delivered_seq, f.seq)
    from free f where m.conversation = f.conversation and m.party = f.party
    returning m.conversation, m.party
  )
  select b.conversation from behind b
  except all select m.conversation from marked m;
end
$$;
--rollback drop function mark_reached;
