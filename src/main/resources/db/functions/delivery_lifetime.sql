--liquibase formatted sql

--changeset parley:delivery_lifetime runOnChange:true splitStatements:false
-- How long a delivery may take, counted from its creation or its redrive, before it expires. A setting of the gateway, which
-- passes it with every connection; gateways that do not know it mean a day.
create or replace function delivery_lifetime() returns interval language sql stable parallel safe as $$
  select coalesce(nullif(current_setting('parley.delivery_lifetime', true), '')::interval, interval '1 day')
$$;
