--liquibase formatted sql

--changeset parley:sent_on runOnChange:true splitStatements:false
-- How many deliveries a sender address has had on a day, as far as they are committed, and those of this transaction.
-- sent_today is what an earlier version has counted. Each call sees what was committed before it.
create or replace function sent_on(p_sender text, p_day date) returns bigint
language plpgsql
set enable_seqscan = off
as $$
begin
  return coalesce((select sum(s.deliveries) from sent_part s where s.sender = p_sender and s.day >= p_day), 0)::bigint
    + coalesce((select t.deliveries from sent_today t where t.sender = p_sender and t.day >= p_day), 0);
end
$$;
