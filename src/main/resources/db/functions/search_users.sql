--liquibase formatted sql

--changeset parley:search_users runOnChange:true splitStatements:false
-- The users whose name, username or, if p_emails is set, email address contains a text: first those whose username begins
-- with it (place 0), in the order of usernames, then the others (place 1), the oldest first. The page begins behind p_after: a
-- username, or the id of one of the others, which consists of digits as no username does. A text of one or two characters is
-- searched at the beginning of words.
--
-- Usernames that begin with the text are a range of an index. Of the others, a common text is found soon by asking the next
-- users in order, so the statistics decide whether to do that; in the order of usernames it would be found late, because
-- usernames resemble names. The index of grams answers all else; only a text that is common elsewhere in the order costs its
-- whole number.
create or replace function search_users(
  p_except bigint, p_search text, p_emails boolean, p_kind text, p_after text, p_limit integer)
returns table (id bigint, place integer)
language plpgsql
stable
rows 50
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  c_near constant integer := 5000;
  v_text text := lower(p_search);
  v_end text := v_text || chr(1114111);
  v_short boolean := length(v_text) < 3;
  v_pattern text := case
    when v_short then '(^|[^[:alnum:]])' || regexp_replace(v_text, '([^[:alnum:]])', '\\\1', 'g')
    else '%' || regexp_replace(v_text, '([\\%_])', '\\\1', 'g') || '%' end;
  v_grams text[] := case
    when v_short then array[chr(1) || v_text]
    else array(select distinct substr(v_text, n, 3) from generate_series(1, least(length(v_text), 40) - 2) n) end;
  v_kinds text[] := case when p_kind is null then array['person', 'company', 'influencer'] else array[p_kind] end;
  v_begin bigint[] := '{}';
  v_found bigint[] := '{}';
  v_most integer := p_limit;
  v_after bigint := 0;
begin
  if p_after is null or p_after !~ '^[0-9]+$' then
    v_begin := array(
      select p.id from unnest(v_kinds) k (kind)
      cross join lateral (
        select p.id, p.handle from party p
        where p.kind = k.kind and p.kind in ('person', 'company', 'influencer') and p.id <> p_except
          and p.handle collate "C" > coalesce(p_after, '') and p.handle collate "C" >= v_text and p.handle collate "C" < v_end
        order by p.handle collate "C" limit p_limit
      ) p
      order by p.handle collate "C" limit p_limit);
    v_most := p_limit - cardinality(v_begin);
  else
    v_after := p_after::bigint;
  end if;

  if c_near * greatest(
    gram_share('party_grams', v_grams), case when p_emails then gram_share('account_grams', v_grams) else 0 end) > 2 * v_most
  then
    v_found := array(
      select n.id from (
        select a.id, p.handle, p.kind, p.name, a.email
        from (select a.id, a.email from account a where a.id > v_after order by a.id limit c_near) a
        cross join lateral (select p.handle, p.kind, p.name from party p where p.id = a.id offset 0) p
        order by a.id offset 0
      ) n
      where n.id <> p_except and n.kind = any (v_kinds)
        and (n.handle collate "C" < v_text or n.handle collate "C" >= v_end)
        and case
          when v_short then lower(n.name) ~ v_pattern or n.handle ~ v_pattern or p_emails and lower(n.email) ~ v_pattern
          else lower(n.name) like v_pattern or n.handle like v_pattern or p_emails and lower(n.email) like v_pattern
        end
      order by n.id limit v_most);
  end if;

  if cardinality(v_found) < v_most then
    -- by the indexes alone, whatever the limit makes the planner believe
    v_found := array(
      select f.id from (
        (
          select n.id from (
            select p.id, p.handle, p.kind from party p
            where search_grams(lower(p.name) || chr(10) || p.handle) @> v_grams
              and p.kind in ('person', 'company', 'influencer')
              and (v_short or lower(p.name) like v_pattern or p.handle like v_pattern)
            offset 0
          ) n
          where n.id > v_after and n.id <> p_except and n.kind = any (v_kinds)
            and (n.handle collate "C" < v_text or n.handle collate "C" >= v_end)
          order by n.id limit v_most
        )
        union
        (
          select n.id from (
            select p.id, p.handle, p.kind from account a
            cross join lateral (select p.id, p.handle, p.kind from party p where p.id = a.id offset 0) p
            where search_grams(lower(a.email)) @> v_grams and p_emails and (v_short or lower(a.email) like v_pattern)
            offset 0
          ) n
          where n.id > v_after and n.id <> p_except and n.kind = any (v_kinds)
            and (n.handle collate "C" < v_text or n.handle collate "C" >= v_end)
          order by n.id limit v_most
        )
      ) f
      order by f.id limit v_most);
  end if;
  return query
  select b.id, 0 from unnest(v_begin) b (id)
  union all
  select f.id, 1 from unnest(v_found) f (id);
end
$$;
