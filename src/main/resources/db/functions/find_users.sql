--liquibase formatted sql

--changeset parley:find_users runOnChange:true splitStatements:false
-- The users whose name, username or, if p_emails is set, email address contains a text, in the order of usernames, behind
-- p_after. A text of one or two characters is searched at the beginning of words.
--
-- The next users in order are asked first, because a common text is found among them soon. The index of grams answers all
-- else; only a text that is common elsewhere costs its whole number.
create or replace function find_users(
  p_except bigint, p_search text, p_emails boolean, p_kind text, p_after text, p_limit integer)
returns table (id bigint, handle text)
language plpgsql
stable
rows 50
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  c_near constant integer := 1000;
  v_text text := lower(p_search);
  v_short boolean := length(v_text) < 3;
  v_pattern text := case
    when v_short then '(^|[^[:alnum:]])' || regexp_replace(v_text, '([^[:alnum:]])', '\\\1', 'g')
    else '%' || regexp_replace(v_text, '([\\%_])', '\\\1', 'g') || '%' end;
  v_grams text[] := case
    when v_short then array[chr(1) || v_text]
    else array(select distinct substr(v_text, n, 3) from generate_series(1, least(length(v_text), 40) - 2) n) end;
  v_found bigint[];
begin
  v_found := array(
    select n.id from (
      select p.id, p.handle, p.kind, p.name from party p
      where p.kind in ('person', 'company', 'influencer') and p.handle collate "C" > coalesce(p_after, '')
      order by p.handle collate "C" limit c_near
    ) n
    where n.id <> p_except and (p_kind is null or n.kind = p_kind)
      and case
        when v_short then lower(n.name) ~ v_pattern or n.handle ~ v_pattern
          or p_emails and (select lower(a.email) ~ v_pattern from account a where a.id = n.id)
        else lower(n.name) like v_pattern or n.handle like v_pattern
          or p_emails and (select lower(a.email) like v_pattern from account a where a.id = n.id)
      end
    order by n.handle collate "C" limit p_limit);
  if cardinality(v_found) < p_limit then
    v_found := array(
      with named as materialized (
        select p.id, p.handle, p.kind from party p
        where search_grams(lower(p.name) || chr(10) || p.handle) @> v_grams and p.kind in ('person', 'company', 'influencer')
          and (v_short or lower(p.name) like v_pattern or p.handle like v_pattern)
      ), mailed as materialized (
        select p.id, p.handle, p.kind from account a
        cross join lateral (select p.id, p.handle, p.kind from party p where p.id = a.id offset 0) p
        where search_grams(lower(a.email)) @> v_grams and p_emails and (v_short or lower(a.email) like v_pattern)
      )
      (
        select n.id from named n
        where n.id <> p_except and (p_kind is null or n.kind = p_kind) and n.handle collate "C" > coalesce(p_after, '')
        order by n.handle collate "C" limit p_limit
      ) union (
        select n.id from mailed n
        where n.id <> p_except and (p_kind is null or n.kind = p_kind) and n.handle collate "C" > coalesce(p_after, '')
        order by n.handle collate "C" limit p_limit
      ));
  end if;
  return query
  select p.id, p.handle from unnest(v_found) f (id)
  cross join lateral (select p.id, p.kind, p.handle from party p where p.id = f.id offset 0) p
  where p.id <> p_except and p.kind in ('person', 'company', 'influencer') and (p_kind is null or p.kind = p_kind)
    and p.handle collate "C" > coalesce(p_after, '')
  group by p.id, p.handle
  order by p.handle collate "C" limit p_limit;
end
$$;
