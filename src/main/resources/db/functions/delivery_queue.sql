--liquibase formatted sql

--changeset parley:delivery_queue runOnChange:true splitStatements:false
-- The queue that a delivery waits in. Deliveries on one route from one sender to one recipient are sent one after another.
-- A mailbox is the same in upper and lower case.
create or replace function delivery_queue(p_route text, p_sender text, p_recipient text) returns bigint
language sql immutable parallel safe as $$
  select hashtextextended(p_route || chr(31) || lower(p_sender) || chr(31) || lower(p_recipient), 0)
$$;
