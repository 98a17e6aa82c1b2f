--liquibase formatted sql

--changeset parley:rank_tallies runOnChange:true splitStatements:false
-- The p_most subjects of a kind with the highest counts in runs of blocks ("level", from "first" to before "last"), where
-- p_counts are counts of p_subjects to add. Ties are ordered by subject.
--
-- Reads the top of each block by tally_top, and bounds what anything below can add up to: usually few subjects can be among
-- the highest at all, and these are counted in each block by the primary key. Where counts are so even that this decides
-- nothing, it adds up everything.
create or replace function rank_tallies(
  p_kind "char", p_levels smallint[], p_firsts integer[], p_lasts integer[], p_subjects bigint[], p_counts bigint[],
  p_most bigint)
returns table (subject bigint, messages bigint)
language plpgsql stable
set jit = off set enable_seqscan = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  c_max_lookups constant integer := 50000;
  v_depth integer;
  v_levels smallint[];
  v_blocks integer[];
  v_bounds bigint[];
  v_bound bigint;
  v_subjects bigint[];
begin
  -- the blocks that exist: an open range begins long before the first, and ends long after the last one
  select coalesce(array_agg(r.level), '{}'), coalesce(array_agg(g.block), '{}') into v_levels, v_blocks
  from unnest(p_levels, p_firsts, p_lasts) r (level, first, last)
  cross join lateral (
    select
      (select min(t.block) from tally t where t.kind = p_kind and t.level = r.level) as low,
      (select max(t.block) from tally t where t.kind = p_kind and t.level = r.level) as high
  ) e
  cross join lateral generate_series(greatest(r.first, e.low), least(r.last - 1, e.high)) g (block);

  foreach v_depth in array array[40, 400] loop
    continue when p_most > v_depth;
    -- up to which count a subject may have in each block without being seen
    select array_agg(coalesce(l.n, 1) order by b.nth), coalesce(sum(coalesce(l.n, 1)), 0) into v_bounds, v_bound
    from unnest(v_levels, v_blocks) with ordinality b (level, block, nth)
    left join lateral (
      select t.n from tally t where t.kind = p_kind and t.level = b.level and t.block = b.block and t.n > 1
      order by t.n desc, t.subject offset v_depth - 1 limit 1
    ) l on true;

    with seen as (
      select s.subject, sum(s.n) as least, v_bound - sum(s.bound) as more
      from (
        select t.subject, t.n, v_bounds[b.nth::integer] as bound
        from unnest(v_levels, v_blocks) with ordinality b (level, block, nth)
        cross join lateral (
          select t.subject, t.n from tally t
          where t.kind = p_kind and t.level = b.level and t.block = b.block and t.n > 1
          order by t.n desc, t.subject limit v_depth
        ) t
        union all
        select d.subject, d.n, 0 from unnest(p_subjects, p_counts) d (subject, n)
      ) s
      group by 1
    ), decisive as (
      select s.least from seen s order by 1 desc offset p_most - 1 limit 1
    )
    select array_agg(s.subject) into v_subjects
    from seen s, decisive d
    -- in a single block with as many as that, the order is that of the index: nothing unseen comes before what was seen there
    where s.least + s.more >= d.least and (d.least > v_bound or cardinality(v_blocks) = 1 and v_bound > 1);

    if v_subjects is not null and cardinality(v_subjects) * (cardinality(v_blocks) + 1) <= c_max_lookups then
      return query
      select c.subject, sum(c.n)::bigint
      from (
        select s.subject, t.n
        from unnest(v_subjects) s (subject)
        cross join unnest(v_levels, v_blocks) b (level, block)
        cross join lateral (
          select t.n from tally t
          where t.kind = p_kind and t.level = b.level and t.block = b.block and t.subject = s.subject offset 0
        ) t
        union all
        select s.subject, d.n
        from unnest(v_subjects) s (subject) join unnest(p_subjects, p_counts) d (subject, n) on d.subject = s.subject
      ) c
      group by 1 order by 2 desc, 1 limit p_most;
      return;
    end if;
  end loop;

  return query
  select c.subject, sum(c.n)::bigint
  from (
    select t.subject, t.n
    from unnest(p_levels, p_firsts, p_lasts) r (level, first, last)
    cross join lateral (
      select t.subject, t.n from tally t
      where t.kind = p_kind and t.level = r.level and t.block >= r.first and t.block < r.last
      offset 0
    ) t
    union all
    select d.subject, d.n from unnest(p_subjects, p_counts) d (subject, n)
  ) c
  group by 1 order by 2 desc, 1 limit p_most;
end
$$;
