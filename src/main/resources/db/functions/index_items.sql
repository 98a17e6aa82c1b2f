--liquibase formatted sql

--changeset parley:index_items runOnChange:true splitStatements:false
-- Brings the searchable words of about p_most items up to date: new items by seq, changed ones by the change feed. Returns
-- how many, or null while another node is at it. One transaction, like tally_messages.
create or replace function index_items(p_most integer) returns integer
language plpgsql
set jit = off set client_min_messages = warning
as $$
declare
  v_indexed integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley index', 0)) then
    return null;
  end if;
  with behind as (
    select c.id, coalesce(t.seq, 0) as seq, least(c.last_seq, coalesce(t.seq, 0) + p_most) as goal_seq,
      coalesce(t.rev, 0) as rev, c.rev as goal_rev
    from conversation c left join texted t on t.conversation = c.id
    where c.rev > coalesce(t.rev, 0) or c.last_seq > coalesce(t.seq, 0)
  ), queued as (
    select b.*, sum(b.goal_seq - b.seq + 1) over (order by b.goal_seq - b.seq desc, b.id rows unbounded preceding)
      - (b.goal_seq - b.seq + 1) as before
    from behind b
  ), picked as materialized (
    select q.* from queued q where q.before < p_most
  ), changed as materialized (
    select p.id, h.subject as seq, h.rev, row_number() over (partition by p.id order by h.rev) as nth
    from picked p
    cross join lateral (
      select h.subject, h.rev from change h
      where h.conversation = p.id and h.rev > p.rev and h.rev <= p.goal_rev and h.kind = 'item'
      order by h.rev limit p_most
    ) h
  ), touched as (
    select p.id, g.seq from picked p cross join lateral generate_series(p.seq + 1, p.goal_seq) g (seq)
    union
    select h.id, h.seq from changed h join picked p on p.id = h.id where h.seq <= p.goal_seq
  ), present as materialized (
    select i.conversation, i.seq, i.rev, i.created_at, i.deleted,
      case when not i.deleted then item_words(i.conversation, i.body, i.payload) end as words
    from touched t
    cross join lateral (select i.* from item i where i.conversation = t.id and i.seq = t.seq offset 0) i
  ), added as (
    insert into item_text (conversation, seq, rev, created_at, words)
    select p.conversation, p.seq, p.rev, p.created_at, p.words from present p where not p.deleted
    on conflict (conversation, seq) do update set rev = excluded.rev, words = excluded.words
  ), removed as (
    delete from item_text t using present p where p.deleted and t.conversation = p.conversation and t.seq = p.seq
  ), marked as (
    insert into texted (conversation, seq, rev)
    select p.id, p.goal_seq, case when h.rev is null then p.goal_rev else h.rev end
    from picked p left join changed h on h.id = p.id and h.nth = p_most
    on conflict (conversation) do update set seq = excluded.seq, rev = excluded.rev
  )
  select coalesce(sum(p.goal_seq - p.seq), 0) + (select count(*) from changed) into v_indexed from picked p;
  return v_indexed;
end
$$;
