--liquibase formatted sql

--changeset parley:has_older_writers runOnChange:true splitStatements:false
-- Whether a transaction older than p_xid is running that may write to a conversation of this database. Such a transaction
-- locks or changes a row of table "conversation", and so holds a lock on that table until it ends. One that ends while this
-- statement runs is visible to the next statement.
create or replace function has_older_writers(p_xid xid8) returns boolean language sql volatile as $$
  select pg_snapshot_xmin(pg_current_snapshot()) < p_xid and exists (
    select from pg_locks x
    join pg_locks c on c.virtualtransaction = x.virtualtransaction
    where x.locktype = 'transactionid' and x.mode = 'ExclusiveLock' and age(x.transactionid) > age(p_xid::xid)
      and c.locktype = 'relation' and c.relation = 'conversation'::regclass and c.mode <> 'AccessShareLock' and c.granted
      and c.database = (select d.oid from pg_database d where d.datname = current_database()))
$$;
