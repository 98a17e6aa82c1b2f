--liquibase formatted sql

--changeset parley:no_provider_message runOnChange:true splitStatements:false
-- What a delivery says while it waits for a route that nobody serves.
create or replace function no_provider_message(p_route text) returns text language sql immutable parallel safe as $$
  select 'No provider of ' || case p_route when 'sms' then 'SMS' else p_route end || ' is configured; the message waits for one.'
$$;
