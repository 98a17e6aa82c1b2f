--liquibase formatted sql

--changeset parley:item_deliveries runOnChange:true splitStatements:false
-- The deliveries of an item as the item shows them. A queued delivery that was ever claimed shows as 'sending', and does
-- not go back to 'queued' between two attempts. One that waits because nobody serves its route says so.
create or replace function item_deliveries(p_conversation bigint, p_seq bigint) returns jsonb language sql stable as $$
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'id', d.id, 'party', p.id, 'kind', p.kind, 'handle', p.handle, 'name', p.name, 'channel', d.channel,
      'provider', d.provider,
      'state', case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end,
      'attempts', d.attempts, 'unknown', d.unknown,
      'code', case when u.route is null then d.error_code else 'no_provider' end,
      'message', case when u.route is null then d.error_message else no_provider_message(u.route) end,
      'at', d.updated_at)) order by d.id)
  from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
  cross join lateral (
    select case when d.state = 'queued' and o.lease = 0 then unserved_route(o.route) end as route offset 0
  ) u
  where d.conversation = p_conversation and d.seq = p_seq
$$;
