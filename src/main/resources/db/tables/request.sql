--liquibase formatted sql

--changeset parley:request
-- Requests that were accepted under an idempotency key, and what they created: a conversation ("result"), an item of it
-- ("result" and "seq"), or a file. Keys of items appended to a known conversation are in table "item" instead.
create table request (
  caller bigint not null references party (id),
  key text not null,
  operation text not null,
  request uuid not null,
  result bigint,
  seq bigint,
  file uuid references file (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (caller, key)
);
create index request_file on request (file) where file is not null;

--changeset parley:request-created runInTransaction:false
-- Finds what a sweep may delete.
create index concurrently if not exists request_created on request (created_at);
