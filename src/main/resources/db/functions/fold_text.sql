--liquibase formatted sql

--changeset parley:fold_text runOnChange:true splitStatements:false
-- Text as it is searched: without accents, and with one form of every character (NFKD). It needs no extension.
create or replace function fold_text(p_text text) returns text language sql immutable parallel safe as $$
  select case when octet_length(p_text) = length(p_text) then p_text
    else regexp_replace(normalize(p_text, NFKD), '[\u0300-\u036f]', '', 'g') end
$$;
