--liquibase formatted sql

--changeset parley:size_of runOnChange:true splitStatements:false
-- About how many rows a table has, as last counted by vacuum or analyze.
create or replace function size_of(p_table text) returns double precision language sql stable as $$
  select greatest(c.reltuples, 1)::double precision from pg_class c where c.oid = p_table::regclass
$$;
