--liquibase formatted sql

--changeset parley:gram_share runOnChange:true splitStatements:false
-- The share of rows that contain the rarest of these grams, at most, by the statistics of the index of grams; 0 for one that
-- is not among the commonest thousand.
create or replace function gram_share(p_index text, p_grams text[]) returns double precision
language sql stable as $$
  select coalesce(min(coalesce(s.share, 0)), 0)::double precision
  from unnest(p_grams) g (gram)
  left join (
    select unnest(i.most_common_elems::text::text[]) as gram, unnest(i.most_common_elem_freqs) as share
    from pg_stats i where i.schemaname = current_schema() and i.tablename = p_index
  ) s on s.gram = g.gram
$$;
