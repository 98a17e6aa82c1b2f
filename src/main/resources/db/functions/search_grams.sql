--liquibase formatted sql

--changeset parley:search_grams runOnChange:true splitStatements:false
-- What a text is found by: every three characters of it, and the first one and two of each word, marked so that they differ
-- from the others. An index of these finds any part of a name without an extension of PostgreSQL. It depends on this
-- definition, which therefore must never change.
create or replace function search_grams(p_text text) returns text[] language sql immutable strict parallel safe as $$
  select array(
    select substr(p_text, n, 3) from generate_series(1, length(p_text) - 2) n
    union
    select chr(1) || left(word, n) from regexp_split_to_table(p_text, '[^[:alnum:]]+') word, generate_series(1, 2) n
    where word <> '')
$$;
