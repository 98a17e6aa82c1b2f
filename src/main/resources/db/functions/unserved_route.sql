--liquibase formatted sql

--changeset parley:unserved_route runOnChange:true splitStatements:false
-- The route, if no running node has a provider for it; else null. Every node reports its providers at least twice a minute.
create or replace function unserved_route(p_route text) returns text language plpgsql stable as $$
begin
  return case when not exists (
    select from provider_seen s where s.route = p_route and s.seen_at > statement_timestamp() - interval '2 minutes')
    then p_route end;
end
$$;
