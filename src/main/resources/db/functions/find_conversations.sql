--liquibase formatted sql

--changeset parley:find_conversations runOnChange:true splitStatements:false
-- The conversations that p_caller may list and whose name, or the name or address of another member, contains a text, the
-- last active one first, behind (p_after_at, p_after). Among external conversations, which may be all of an agent's, a text of
-- one or two characters is searched at the beginning of words.
--
-- A common text is found soon by asking the conversations in their order; the index of grams yields all that match a rare
-- one, and the statistics say which it is. Agents also list the external conversations, which have members of other kinds than
-- users, so that a text may be rare among them and common elsewhere: they have an index of their own.
create or replace function find_conversations(
  p_caller bigint, p_search text, p_kind text, p_except bigint[], p_after_at timestamptz, p_after bigint, p_limit integer)
returns table (id bigint, active_at timestamptz)
language plpgsql
stable
rows 50
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  c_near constant integer := 300;
  c_few constant integer := 2000;
  c_common constant double precision := 0.02;
  v_text text := lower(p_search);
  v_short boolean := length(v_text) < 3;
  v_begins text := '(^|[^[:alnum:]])' || regexp_replace(v_text, '([^[:alnum:]])', '\\\1', 'g');
  v_pattern text := '%' || regexp_replace(v_text, '([\\%_])', '\\\1', 'g') || '%';
  v_grams text[] := case
    when v_short then array[chr(1) || v_text]
    else array(select distinct substr(v_text, n, 3) from generate_series(1, least(length(v_text), 40) - 2) n) end;
  v_after_at timestamptz := coalesce(p_after_at, 'infinity');
  v_after bigint := coalesce(p_after, 9223372036854775807);
  v_agent boolean := coalesce((select a.role <> 'user' from account a where a.id = p_caller), false);
  v_outside boolean;
  v_asked integer;
  v_rare boolean;
  v_in_order boolean;
  v_listed bigint[];
  v_parties bigint[];
  v_found bigint[];
  v_all bigint[] := '{}';
begin
  foreach v_outside in array array[false, true] loop
    continue when v_outside and (not v_agent or coalesce(p_kind, 'external') <> 'external');
    v_rare := gram_share(case when v_outside then 'party_outside_grams' else 'party_grams' end, v_grams) < c_common;
    -- the order of external conversations is that of an index; the caller's own have to be sorted
    v_asked := case when v_outside then c_near end;
    v_in_order := v_outside or v_short or not v_rare;
    loop
      v_found := null;
      if v_in_order then
        v_listed := array(
          select l.id from (
            (
              select c.id, c.active_at from conversation c
              where c.id = any (array(select m.conversation from member m where m.party = p_caller))
                and not v_outside and (c.active_at, c.id) < (v_after_at, v_after)
              order by c.active_at desc, c.id desc limit v_asked
            )
            union all
            (
              select e.conversation, e.active_at from external e
              where v_outside and (e.active_at, e.conversation) < (v_after_at, v_after)
              order by e.active_at desc, e.conversation desc limit v_asked
            )
          ) l
          order by l.active_at desc, l.id desc);
        v_found := array(
          select l.id from unnest(v_listed) l (id)
          cross join lateral (select c.kind, c.name from conversation c where c.id = l.id offset 0) c
          where (p_kind is null or c.kind = p_kind) and l.id <> all (p_except)
            and (not v_outside and lower(c.name) like v_pattern
              or exists (
                select from member m
                cross join lateral (select p.name, p.handle from party p where p.id = m.party offset 0) p
                where m.conversation = l.id and m.party <> p_caller
                  and case when v_short and v_outside then lower(p.name) ~ v_begins or p.handle ~ v_begins
                    else lower(p.name) like v_pattern or p.handle like v_pattern end))
          limit p_limit);
        exit when v_asked is null or cardinality(v_found) >= p_limit or cardinality(v_listed) < v_asked;
      end if;
      v_parties := null;
      if v_rare and v_outside then
        -- materialized, so that the limit does not make the planner walk the table
        v_parties := array(
          with f as materialized (
            select p.id from party p
            where search_grams(lower(p.name) || chr(10) || p.handle) @> v_grams and p.kind in ('phone', 'email')
              and (v_short or lower(p.name) like v_pattern or p.handle like v_pattern)
          )
          select f.id from f limit c_few);
      elsif v_rare and not v_short then
        v_parties := array(
          with f as materialized (
            select p.id from party p
            where search_grams(lower(p.name) || chr(10) || p.handle) @> v_grams
              and (lower(p.name) like v_pattern or p.handle like v_pattern)
          )
          select f.id from f limit c_few);
      end if;
      v_found := null;
      if cardinality(v_parties) < c_few then
        v_found := array(
          with named as materialized (
            select c.id from conversation c
            where c.name is not null and search_grams(lower(c.name)) @> v_grams and lower(c.name) like v_pattern
          )
          select f.id from (
            select m.conversation as id from unnest(v_parties) p (id)
            cross join lateral (
              select m.conversation from member m where m.party = p.id and m.party <> p_caller offset 0
            ) m
            union all
            select n.id from named n where not v_outside
          ) f limit c_few);
      end if;
      exit when cardinality(v_found) < c_few;
      v_in_order := true;
      v_asked := null;
    end loop;
    v_all := v_all || v_found;
  end loop;
  return query
  select c.id, c.active_at from (select distinct a.id from unnest(v_all) a (id)) f
  cross join lateral (select c.id, c.active_at, c.kind from conversation c where c.id = f.id offset 0) c
  where (p_kind is null or c.kind = p_kind) and c.id <> all (p_except)
    and (c.active_at, c.id) < (v_after_at, v_after)
    and (v_agent and c.kind = 'external'
      or (select true from member m where m.conversation = c.id and m.party = p_caller))
  order by c.active_at desc, c.id desc limit p_limit;
end
$$;
