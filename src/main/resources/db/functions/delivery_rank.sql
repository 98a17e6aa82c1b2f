--liquibase formatted sql

--changeset parley:delivery_rank runOnChange:true splitStatements:false
-- The rank of a delivery state, as in the enum DeliveryState: a state is replaced only by one of a higher rank.
-- A retry ('again') ranks like a failure, which it is.
create or replace function delivery_rank(p_state text) returns integer language sql immutable parallel safe as $$
  select case p_state when 'queued' then 0 when 'sending' then 1 when 'sent' then 2 when 'delivered' then 4 else 3 end
$$;
