--liquibase formatted sql

--changeset parley:0009-presence
-- When each account was last online. Written behind, once they have been away for a moment.
create table presence (
  account bigint primary key references account (id) on delete cascade,
  seen_at timestamptz not null
) with (fillfactor = 80);
--rollback drop table presence;
