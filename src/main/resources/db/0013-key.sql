--liquibase formatted sql

--changeset parley:0013-key
-- What programs act by. A key is a party of kind "service" with an account that no password opens, so that what holds for
-- accounts (roles, the feed of changes) holds for it. Of its secret there is only a hash. A key that has ended stays: what it
-- wrote does.
alter table account alter column email drop not null;
create table api_key (
  id bigint primary key references account (id),
  hash bytea not null unique,
  scopes text[] not null check (
    cardinality(scopes) > 0 and scopes <@ array['chat', 'messages', 'transfers', 'analytics', 'admin']),
  ended_at timestamptz
);
--rollback drop table api_key; delete from account where email is null; alter table account alter column email set not null;
