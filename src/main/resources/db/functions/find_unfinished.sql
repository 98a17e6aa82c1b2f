--liquibase formatted sql

--changeset parley:find_unfinished runOnChange:true splitStatements:false
-- Looks for conversations that the job 'tally' or 'index' has not finished, and moves job_progress on when there are none. Nodes
-- know what they changed themselves; this finds what a node left behind that died, that lost count, or whose commit was
-- answered by nobody. States of the answer:
--   busy      another node is at it
--   waiting   transactions are running that may store something with a time before that of this round
--   found     "conversations" are unfinished; ask again when they are done
--   scanning  a part of all conversations is finished; ask again for the next part
--   complete  the round is done, or the last one is less than p_pause old
-- Items and edits since "complete_until" are found by their time (item_newest, change_item_at). p_scan asks for a scan of all
-- conversations, in case a time was wrong; it is begun if the last one ended more than a day ago. "age" is how many seconds ago
-- "complete_until" is; null if nothing is known to be complete.
--
-- The time of an item or an edit is read from the server's clock by a transaction that has locked the conversation, and so has
-- its xid by then. Ours is taken later than the time of the round: once all older transactions have ended, everything before
-- that time can be seen. Those that hold no lock on the table of conversations are not waited for, whatever database they are
-- in. Ten seconds less allow for a clock that is corrected. A clock that goes back further is noticed here, and the
-- conversations are scanned.
create or replace function find_unfinished(p_job text, p_most integer, p_except bigint[], p_pause interval, p_scan boolean)
returns table (state text, conversations bigint[], age double precision)
language plpgsql
set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  c_range constant integer := 5000;
  v job_progress;
  v_last bigint;
begin
  <<round>>
  begin
    if not pg_try_advisory_xact_lock(hashtextextended('parley ' || p_job, 0)) then
      state := 'busy';
      select * into v from job_progress p where p.job = p_job;
      exit round;
    end if;
    select * into v from job_progress p where p.job = p_job for update;

    if v.complete_until > clock_timestamp() then
      v.complete_until := clock_timestamp() - interval '10 minutes';
      v.round_at := null;
      v.scan_from := 0;
    elsif p_scan and v.scan_from is null and (v.scanned_at > clock_timestamp() - interval '1 day') is not true then
      v.scan_from := 0;
      update job_progress p set scan_from = 0 where p.job = p_job;
    elsif v.scan_from is null and v.round_at is null and v.complete_until > clock_timestamp() - p_pause then
      state := 'complete';
      exit round;
    end if;

    -- the second condition: the database was restored on a server that counts transactions anew
    if v.round_at is null or v.round_xid > pg_current_xact_id() then
      v.round_at := date_trunc('milliseconds', now());
      v.round_xid := pg_current_xact_id();
      update job_progress p
      set complete_until = v.complete_until, round_at = v.round_at, round_xid = v.round_xid, scan_from = v.scan_from
      where p.job = p_job;
    end if;
    if has_older_writers(v.round_xid) then
      state := 'waiting';
      exit round;
    end if;

    if v.scan_from is not null then
      select coalesce(max(c.id), 0) into v_last from conversation c;
      for n in 1 .. 4 loop
        select array_agg(b.id) into conversations
        from (
          select c.id from conversation c
          where c.id >= v.scan_from and c.id < v.scan_from + c_range and c.id <> all (p_except)
            and case p_job
              when 'tally' then c.messages > coalesce((select t.message_no from tallied t where t.conversation = c.id), 0)
              else coalesce(
                (select c.last_seq > t.seq or c.rev > t.rev from texted t where t.conversation = c.id), c.last_seq > 0)
            end
            and is_unfinished(p_job, c.id, v.round_at)
          limit p_most
        ) b;
        exit when conversations is not null;
        v.scan_from := v.scan_from + c_range;
        exit when v.scan_from > v_last;
      end loop;
      if conversations is null and v.scan_from > v_last then
        v.scan_from := null;
        v.scanned_at := clock_timestamp();
      else
        state := case when conversations is null then 'scanning' else 'found' end;
      end if;
      update job_progress p set scan_from = v.scan_from, scanned_at = v.scanned_at where p.job = p_job;
    else
      select array_agg(b.conversation) into conversations
      from (
        select r.conversation
        from (
          select i.conversation from item i where i.created_at >= v.complete_until and i.created_at < v.round_at
          union
          select h.conversation from change h
          where p_job = 'index' and h.kind = 'item' and h.at >= v.complete_until and h.at < v.round_at
        ) r
        where r.conversation <> all (p_except) and is_unfinished(p_job, r.conversation, v.round_at)
        limit p_most
      ) b;
      state := case when conversations is not null then 'found' end;
    end if;

    if state is null then
      state := 'complete';
      -- readers of the tallies rely on it: it does not pass messages that were set aside
      if p_job <> 'tally' or cardinality(p_except) = 0 then
        v.complete_until := greatest(v.complete_until, v.round_at - interval '10 seconds');
      end if;
      update job_progress p set complete_until = v.complete_until, round_at = null, round_xid = null where p.job = p_job;
    end if;
  end round;
  age := case when isfinite(v.complete_until) then extract(epoch from clock_timestamp() - v.complete_until) end;
  return next;
end
$$;
