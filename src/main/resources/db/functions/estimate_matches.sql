--liquibase formatted sql

--changeset parley:estimate_matches runOnChange:true splitStatements:false
-- How many items a search matches, as the planner estimates it from the statistics of the commonest words. Nothing is read.
create or replace function estimate_matches(p_words tsquery) returns double precision language plpgsql
as $$
declare
  v_plan json;
begin
  execute 'explain (format json) select from item_text t where t.words @@ ' || quote_literal(p_words::text) || '::tsquery'
  into v_plan;
  return (v_plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision;
end
$$;
