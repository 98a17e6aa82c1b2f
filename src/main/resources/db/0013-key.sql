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

--changeset parley:0013-ticket
-- Tickets for sockets, by their hash: who they are for, and by which credentials. Using one deletes it. "changed": where no
-- login is named, the account has to be as it was.
create table ticket (
  hash bytea primary key,
  account bigint not null references account (id) on delete cascade,
  login uuid references login (id) on delete cascade,
  until timestamptz,
  changed xid8 not null,
  expires_at timestamptz not null
);
create index ticket_expires on ticket (expires_at);
--rollback drop table ticket;
