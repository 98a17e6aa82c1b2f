--liquibase formatted sql

--changeset parley:0006-item-created
-- Finds the items of a stretch of time: the edges of a range that no tally covers. Items come in order of time, so a few
-- numbers for every sixteen pages are enough; an append pays next to nothing for it, which a tree would not let it.
create index item_created on item using brin (created_at timestamptz_minmax_multi_ops (values_per_range = 16))
  with (pages_per_range = 16, autosummarize = on);
--rollback drop index item_created;

--changeset parley:0006-tally
-- How many messages of account users there are, by user ('u') and by conversation ('c'), in blocks of time that nest:
-- level 0 an hour, 1 a day, 2 eight days, 3 sixty-four days, 4 always. A block is the whole number of its lengths since
-- 1970. Behind the append path: "tallied" says up to which message a conversation is in here, in the same commit, so that
-- the tallies and the messages beyond them are the whole at any instant.
create table tally (
  kind "char" not null check (kind in ('u', 'c')),
  level smallint not null check (level between 0 and 4),
  block integer not null,
  subject bigint not null,
  n bigint not null check (n > 0),
  primary key (kind, level, block, subject)
) with (fillfactor = 85);
create table tallied (
  conversation bigint primary key references conversation (id),
  message_no bigint not null check (message_no > 0)
) with (fillfactor = 70);
-- hours before this one are forgotten: days and longer blocks stay
create table tally_hours (since integer not null);
insert into tally_hours values (-2147483648);
--rollback drop table tally_hours; drop table tallied; drop table tally;

--changeset parley:0006-tally-messages splitStatements:false
-- Tallies up to p_most messages, of the conversations that are most behind, and forgets hours before p_since, one at a
-- time. Answers how many messages it tallied; null while somebody else is at it. One transaction: a node that is killed in
-- the middle leaves nothing half done, and whoever comes next goes on.
create function tally_messages(p_most integer, p_since integer) returns integer
language plpgsql
set jit = off
as $$
declare
  v_since integer;
  v_tallied integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('parley tally', 0)) then
    return null;
  end if;

  select h.since into v_since from tally_hours h;
  if v_since < p_since then
    select least(p_since, min(t.oldest) + 1) into v_since
    from unnest(array['u', 'c']::"char"[]) k
    cross join lateral (
      select t.block as oldest from tally t where t.kind = k and t.level = 0 order by t.block limit 1
    ) t;
    update tally_hours set since = v_since;
    delete from tally t where t.kind = any (array['u', 'c']::"char"[]) and t.level = 0 and t.block < v_since;
  end if;

  with behind as (
    select c.id, coalesce(t.message_no, 0) as done, least(c.messages, coalesce(t.message_no, 0) + p_most) as goal
    from conversation c left join tallied t on t.conversation = c.id
    where c.messages > coalesce(t.message_no, 0)
  ), queued as (
    select b.*, sum(b.goal - b.done) over (order by b.goal - b.done desc, b.id rows unbounded preceding) - (b.goal - b.done) as before
    from behind b
  ), picked as materialized (
    select q.id, q.done, q.goal from queued q where q.before < p_most
  ), counted as materialized (
    select i.author, p.id as conversation, (floor(extract(epoch from i.created_at) / 3600))::integer as hour, count(*) as n
    from picked p
    cross join lateral (
      select i.author, i.created_at from item i
      where i.conversation = p.id and i.message_no > p.done and i.message_no <= p.goal
      offset 0
    ) i
    join party a on a.id = i.author and a.kind in ('person', 'company', 'influencer')
    group by 1, 2, 3
  ), added as (
    insert into tally (kind, level, block, subject, n)
    select s.kind, l.level, case when l.hours = 0 then 0 else floor(o.hour / l.hours::numeric)::integer end, s.subject, sum(o.n)
    from counted o
    cross join lateral (values ('u'::"char", o.author), ('c'::"char", o.conversation)) s (kind, subject)
    cross join (values (0::smallint, 1), (1::smallint, 24), (2::smallint, 192), (3::smallint, 1536), (4::smallint, 0)) l (level, hours)
    where l.level > 0 or o.hour >= v_since
    group by 1, 2, 3, 4
    order by 1, 2, 3, 4
    on conflict (kind, level, block, subject) do update set n = tally.n + excluded.n
  ), marked as (
    insert into tallied (conversation, message_no) select p.id, p.goal from picked p
    on conflict (conversation) do update set message_no = excluded.message_no
  )
  select coalesce(sum(p.goal - p.done), 0)::integer into v_tallied from picked p;
  return v_tallied;
end
$$;
--rollback drop function tally_messages;

--changeset parley:0006-search-words splitStatements:false
-- Text as it is looked for: without accents, in one form of every character. No extension is needed for it.
create function folded(p_text text) returns text language sql immutable parallel safe as $$
  select case when octet_length(p_text) = length(p_text) then p_text
    else regexp_replace(normalize(p_text, NFKD), '[\u0300-\u036f]', '', 'g') end
$$;

-- What an item can be found by. Its conversation is a word of it too, which no text can hold: so the index is asked for
-- the caller's conversations and the words at once, and never walks through what others said.
create function item_words(p_conversation bigint, p_body text, p_payload jsonb) returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', folded(left(concat_ws(' ', p_body, p_payload ->> 'subject', p_payload #>> '{post,title}', p_payload #>> '{post,caption}',
      (select string_agg(a ->> 'name', ' ') from jsonb_array_elements(p_payload -> 'attachments') a)), 100000)))
    || array_to_tsvector(array[chr(1) || p_conversation])
$$;

-- What a user typed: all words, "phrases", or, -not; the last word may be a beginning. Null when nothing is looked for.
create function search_query(p_text text) returns tsquery language plpgsql immutable parallel safe
set client_min_messages = warning
as $$
declare
  -- a long run of minus signs would be too much negation for the parser
  v_query tsquery := websearch_to_tsquery('simple', folded(regexp_replace(p_text, '-([^[:alnum:]]*-)+', '-', 'g')));
begin
  -- what one or two letters begin is half the dictionary
  if p_text ~ '(^|\s)[^\s"-][^\s"]*$' and octet_length(substring(p_text from '\S+$')) > 2 and v_query::text ~ '''$' then
    v_query := (v_query::text || ':*')::tsquery;
  end if;
  return case when querytree(v_query) in ('', 'T') then null else v_query end;
end
$$;
--rollback drop function search_query; drop function item_words; drop function folded;

--changeset parley:0006-item-text
-- The words of items, behind the append path. "texted" says up to which item and which change a conversation is in here.
create table item_text (
  conversation bigint not null references conversation (id),
  seq bigint not null,
  rev bigint not null,
  created_at timestamptz not null,
  words tsvector not null,
  primary key (conversation, seq)
);
create index item_text_words on item_text using gin (words);
create table texted (
  conversation bigint primary key references conversation (id),
  seq bigint not null,
  rev bigint not null
) with (fillfactor = 70);
--rollback drop table texted; drop table item_text;

--changeset parley:0006-index-items splitStatements:false
-- Brings the words of up to about p_most items up to date: new ones by seq, changed ones by the change feed. Answers how
-- many; null while somebody else is at it. One transaction, like tally_messages.
create function index_items(p_most integer) returns integer
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
--rollback drop function index_items;
