--liquibase formatted sql

--changeset parley:search_query runOnChange:true splitStatements:false
-- What a user typed, as a query: all words, "phrases", or, -not; the last word may be the beginning of one. Null if it
-- searches for nothing.
create or replace function search_query(p_text text) returns tsquery language plpgsql immutable parallel safe
set client_min_messages = warning
as $$
declare
  -- a long run of minus signs is more nested negation than the parser accepts
  v_query tsquery := websearch_to_tsquery('simple', fold_text(regexp_replace(p_text, '-([^[:alnum:]]*-)+', '-', 'g')));
begin
  -- one or two letters would begin half of all words
  if p_text ~ '(^|\s)[^\s"-][^\s"]*$' and octet_length(substring(p_text from '\S+$')) > 2 and v_query::text ~ '''$' then
    v_query := (v_query::text || ':*')::tsquery;
  end if;
  return case when querytree(v_query) in ('', 'T') then null else v_query end;
end
$$;
