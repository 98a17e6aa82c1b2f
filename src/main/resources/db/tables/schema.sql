--liquibase formatted sql

--changeset parley:schema-version
-- Every version of the schema that this database has had, by the hash that Migrations computes from the files. A node is
-- content if its own version is among them: changes are additive, and a function keeps its name only as long as it keeps
-- its signature, so a later schema serves an earlier node, and two versions of the gateway can share a database.
create table schema_version (
  hash text primary key,
  applied_at timestamptz not null default clock_timestamp()
);

--changeset parley:schema-number
-- "number" and "serves_from" are those of db/version.properties. They are null for the schemas before there was a number,
-- which count as 1.
alter table schema_version add column number integer, add column serves_from integer;
