--liquibase formatted sql

--changeset parley:channel_route runOnChange:true splitStatements:false
-- The route that the messages of a channel take: SMS and MMS share one.
create or replace function channel_route(p_channel text) returns text language sql immutable parallel safe as $$
  select case when p_channel = 'email' then 'email' else 'sms' end
$$;
