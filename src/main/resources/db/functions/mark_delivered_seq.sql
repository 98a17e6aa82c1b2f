--liquibase formatted sql

--changeset parley:mark_delivered_seq runOnChange:true splitStatements:false
-- Moves a batch of delivered marks forward: each party received everything of the conversation up to revision p_rev. As
-- created_rev rises with seq, the last item of that revision is near the end of the timeline. Who has read further needs no
-- mark. Member rows that another transaction holds are skipped, and their conversations returned for another try: this
-- function never waits for a lock, so it is part of no deadlock and holds nobody up for long.
create or replace function mark_delivered_seq(p_conversation bigint[], p_party bigint[], p_rev bigint[])
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
      select m.party from member m where m.conversation = b.conversation and m.party = b.party
      for no key update skip locked
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
