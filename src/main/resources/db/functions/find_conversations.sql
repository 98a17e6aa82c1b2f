--liquibase formatted sql

--changeset parley:find_conversations runOnChange:true splitStatements:false
-- The conversations that p_caller may list and whose name, or the name or address of another member, contains a text, the
-- last active one first, behind (p_after_at, p_after). Among external conversations, which may be all of an agent's, a text of
-- one or two characters is searched at the beginning of words.
--
-- The index of grams yields the conversations that match, unless there are too many. A common text is found soon by asking
-- the caller's conversations in their order. Agents also list the external conversations, which have members of other kinds
-- than users, so that a text may be rare among them and common elsewhere.
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
  c_few constant integer := 2000;
  v_text text := lower(p_search);
  v_short boolean := length(v_text) < 3;
  v_begins text := '(^|[^[:alnum:]])' || regexp_replace(v_text, '([^[:alnum:]])', '\\\1', 'g');
  v_pattern text := '%' || regexp_replace(v_text, '([\\%_])', '\\\1', 'g') || '%';
  v_grams text[] := case
    when v_short then array[chr(1) || v_text]
    else array(select distinct substr(v_text, n, 3) from generate_series(1, least(length(v_text), 40) - 2) n) end;
  v_agent boolean := coalesce((select a.role <> 'user' from account a where a.id = p_caller), false);
  v_outside boolean;
  v_parties bigint[];
  v_found bigint[];
  v_all bigint[] := '{}';
begin
  foreach v_outside in array array[false, true] loop
    continue when v_outside and (not v_agent or coalesce(p_kind, 'external') <> 'external');
    v_found := null;
    if v_outside or not v_short then
      -- materialized, so that the limit does not make the planner walk the table
      v_parties := array(
        with f as materialized (
          select p.id from party p
          where search_grams(lower(p.name) || chr(10) || p.handle) @> v_grams
            and (v_short or lower(p.name) like v_pattern or p.handle like v_pattern)
            and (not v_outside or p.kind in ('phone', 'email'))
        )
        select f.id from f limit c_few);
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
    if v_found is null or cardinality(v_parties) = c_few or cardinality(v_found) = c_few then
      v_found := array(
        select w.id from (
          (
            select c.id, c.active_at, c.name from (
              select c.id, c.active_at, c.kind, c.name from member m
              cross join lateral (select c.* from conversation c where c.id = m.conversation offset 0) c
              where m.party = p_caller and not v_outside
            ) c
            where (p_kind is null or c.kind = p_kind) and c.id <> all (p_except)
              and (p_after_at is null or (c.active_at, c.id) < (p_after_at, p_after))
            order by c.active_at desc, c.id desc offset 0
          )
          union all
          (
            select e.conversation, e.active_at, null from external e
            where v_outside and (p_after_at is null or (e.active_at, e.conversation) < (p_after_at, p_after))
            order by e.active_at desc, e.conversation desc offset 0
          )
        ) w
        where lower(w.name) like v_pattern
          or exists (
            select from member m
            cross join lateral (select p.name, p.handle from party p where p.id = m.party offset 0) p
            where m.conversation = w.id and m.party <> p_caller
              and case when v_short and v_outside then lower(p.name) ~ v_begins or p.handle ~ v_begins
                else lower(p.name) like v_pattern or p.handle like v_pattern end)
        limit p_limit);
    end if;
    v_all := v_all || v_found;
  end loop;
  return query
  select c.id, c.active_at from (select distinct a.id from unnest(v_all) a (id)) f
  cross join lateral (select c.id, c.active_at, c.kind from conversation c where c.id = f.id offset 0) c
  where (p_kind is null or c.kind = p_kind) and c.id <> all (p_except)
    and (p_after_at is null or (c.active_at, c.id) < (p_after_at, p_after))
    and (v_agent and c.kind = 'external'
      or (select true from member m where m.conversation = c.id and m.party = p_caller))
  order by c.active_at desc, c.id desc limit p_limit;
end
$$;
