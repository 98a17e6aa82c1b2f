--liquibase formatted sql

--changeset parley:append_items runOnChange:true splitStatements:false
-- Appends a batch of items, each to its conversation, and returns one row for each in the order of the input.
--
-- It first locks the conversations in the order of their ids, and only then decides, in a second statement whose snapshot is
-- younger than the locks: deciding in the locking statement would use what was true before the wait. Conversations that
-- another transaction holds are skipped and answered 'busy', unless p_wait is set.
--
-- Plans consist of index look-ups whatever the statistics say, because a plan made while the tables were empty is cached
-- for long. They are made once for all batches: planning took longer than running a small batch. Single rows are
-- looked up by scalar subqueries, because an exists() may be planned as a hash of the whole table. What only some items need (transfers, files, deliveries) is done afterwards and costs the other batches nothing.
--
-- p_uploads says which items attach uploaded files. Outcomes:
--   stored        the item is new
--   replayed      the key has stored the same request before
--   key_reused    the key has stored a different request before
--   no_such_item  reply_to names no item
--   not_member    the author may not write here, or there is no such conversation
--   busy          not decided yet: send the item again
create or replace function append_items(
  p_conversation bigint[], p_author bigint[], p_key uuid[], p_request uuid[], p_type text[], p_body text[],
  p_payload text[], p_client_id text[], p_reply_to bigint[], p_uploads boolean[], p_wait boolean)
returns table (
  outcome text, seq bigint, rev bigint, message_no bigint, at timestamptz, channel text, direction text, deliveries jsonb)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_locked bigint[];
  v_outside boolean;
  v_results append_result[];
  v_now timestamptz;
begin
  if p_wait then
    select array_agg(l.id), bool_or(l.outside) into v_locked, v_outside
    from (
      select c.id, c.outside from conversation c where c.id = any (p_conversation)
      order by c.id for no key update
    ) l;
  else
    select array_agg(l.id), bool_or(l.outside) into v_locked, v_outside
    from (
      select c.id, c.outside from conversation c where c.id = any (p_conversation)
      order by c.id for no key update skip locked
    ) l;
  end if;
  v_now := date_trunc('milliseconds', clock_timestamp());

  with input as (
    select t.*, t.payload::jsonb as extra
    from unnest(p_conversation, p_author, p_key, p_request, p_type, p_body, p_payload, p_client_id, p_reply_to)
      with ordinality as t (conversation, author, key, request, type, body, payload, client_id, reply_to, idx)
  ), found as (
    -- the conversation, the author's membership and the item stored under the same key (e_...)
    select i.*, c.last_seq, c.rev as last_rev, c.messages, greatest(c.active_at, v_now) as now,
      c.id is not null as locked, c.kind, c.outside and i.type in ('message', 'attachment') as outward,
      case
        when m.party is not null then true
        when c.kind = 'external' then coalesce((select y.role <> 'user' from account y where y.id = i.author), false)
        else false
      end as member,
      e.seq as e_seq, e.created_rev as e_rev, e.message_no as e_no, e.created_at as e_at, e.request as e_request,
      row_number() over (partition by i.conversation, i.key order by i.idx) as nth
    from input i
    left join lateral (
      select c.* from conversation c where c.id = i.conversation and c.id = any (v_locked) offset 0
    ) c on true
    left join lateral (select m.party from member m where m.conversation = c.id and m.party = i.author offset 0) m on true
    left join lateral (select e.* from item e where e.conversation = c.id and e.key = i.key offset 0) e on true
  ), checked as materialized (
    select f.*, f.member and f.e_seq is null and coalesce(f.reply_to <= f.last_seq, true) as storable from found f
  ), numbered as materialized (
    select c.*,
      c.storable and c.nth = 1 as fresh,
      c.last_seq + count(*) filter (where c.storable and c.nth = 1) over w as new_seq,
      c.last_rev + count(*) filter (where c.storable and c.nth = 1) over w as new_rev,
      c.messages + count(*) filter (where c.storable and c.nth = 1 and c.type = 'message') over w as new_no
    from checked c
    window w as (partition by c.conversation order by c.idx)
  ), inserted as (
    insert into item (conversation, seq, created_rev, rev, message_no, author, type, channel, direction, routed, body,
      payload, sent_by, reply_to, client_id, key, request, created_at, updated_at)
    select n.conversation, n.new_seq, n.new_rev, n.new_rev, case when n.type = 'message' then n.new_no end, n.author, n.type,
      case
        when n.extra ? 'mail' then n.extra #>> '{mail,channel}'
        when n.outward and n.kind = 'external' then (
          select case when m.channel = 'sms' and n.extra ? 'attachments' then 'mms' else m.channel end
          from member m where m.conversation = n.conversation and m.via is not null)
      end,
      case
        when n.extra ? 'mail' then n.extra #>> '{mail,direction}'
        when n.outward and n.kind = 'external' then 'outbound'
      end,
      case
        when n.outward and (n.kind <> 'external' or n.extra #>> '{mail,direction}' is distinct from 'inbound') then true
      end,
      n.body, case when n.type <> 'transfer' then nullif(n.extra - 'sent_by', '{}') end, (n.extra ->> 'sent_by')::bigint,
      n.reply_to, n.client_id, n.key, n.request, n.now, n.now
    from numbered n where n.fresh
  ), counted as (
    update conversation c set last_seq = b.seq, rev = b.rev, messages = b.messages, active_at = b.now
    from (
      select n.conversation, max(n.new_seq) as seq, max(n.new_rev) as rev, max(n.new_no) as messages, max(n.now) as now
      from numbered n where n.fresh group by n.conversation
    ) b
    where c.id = b.conversation
  ), read_by_author as (
    update member m set read_seq = a.seq
    from (
      select n.conversation, n.author, max(n.new_seq) as seq from numbered n
      where n.fresh group by n.conversation, n.author
    ) a
    where m.conversation = a.conversation and m.party = a.author and m.read_seq < a.seq
  ), answered as (
    select n.idx,
      case
        when n.fresh then 'stored'
        when n.locked and not n.member then 'not_member'
        when not n.locked then
          case when (select true from conversation c where c.id = n.conversation) then 'busy' else 'not_member' end
        when n.e_seq is not null then case when n.e_request = n.request then 'replayed' else 'key_reused' end
        when not n.storable then 'no_such_item'
        -- the first use of the key in this batch was refused, so this one has to be looked at again
        when not first_value(n.storable) over k then 'busy'
        when first_value(n.request) over k = n.request then 'replayed'
        else 'key_reused'
      end as outcome,
      coalesce(n.e_seq, first_value(n.new_seq) over k) as seq,
      coalesce(n.e_rev, first_value(n.new_rev) over k) as rev,
      coalesce(n.e_no, first_value(n.new_no) over k) as message_no,
      coalesce(n.e_at, n.now) as at,
      n.conversation, n.fresh
    from numbered n
    window k as (partition by n.conversation, n.key order by n.idx)
  )
  select array_agg(
    row(a.outcome, a.seq, a.rev, a.message_no, a.at, a.conversation, a.fresh)::append_result order by a.idx)
  into v_results from answered a;

  -- From here on items are looked up by their seq. A plan for that, made while table "item" had one page and no statistics,
  -- may use any index that begins with the conversation, so plans may be made anew.
  perform set_config('plan_cache_mode', 'auto', true);

  if 'transfer' = any (p_type) then
    insert into transfer (conversation, seq, amount, currency, reference)
    select i.conversation, i.seq, (t.payload::jsonb ->> 'amount')::bigint, t.payload::jsonb ->> 'currency',
      t.payload::jsonb ->> 'reference'
    from unnest(p_conversation, p_key, p_request, p_type, p_payload) as t (conversation, key, request, type, payload)
    join item i on i.conversation = t.conversation and i.key = t.key and i.request = t.request and i.type = 'transfer'
    where t.type = 'transfer'
    on conflict do nothing;
  end if;

  if true = any (p_uploads) then
    perform record_file_uses(v_results);
  end if;

  if v_outside then
    perform route_items(v_results);
    return query
    select r.outcome, r.seq, r.rev, r.message_no, r.at, i.channel, i.direction, item_deliveries(i.conversation, i.seq)
    from unnest(v_results) with ordinality as r (outcome, seq, rev, message_no, at, conversation, fresh, idx)
    left join item i on r.fresh and i.conversation = r.conversation and i.seq = r.seq
    order by r.idx;
  else
    return query
    select r.outcome, r.seq, r.rev, r.message_no, r.at, null::text, null::text, null::jsonb
    from unnest(v_results) r;
  end if;
end
$$;
