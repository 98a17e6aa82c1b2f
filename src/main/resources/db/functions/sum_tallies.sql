--liquibase formatted sql

--changeset parley:sum_tallies runOnChange:true splitStatements:false
-- The tallied messages of all users in a block. By the primary key of tally.
create or replace function sum_tallies(p_level smallint, p_block integer) returns bigint language sql stable as $$
  select coalesce(sum(t.n), 0)::bigint from tally t where t.kind = 'u' and t.level = p_level and t.block = p_block
$$;
