--liquibase formatted sql

--changeset parley:0016-request-file
-- A request may have made a file, which has no number. A file that goes takes its key along.
alter table request alter column result drop not null;
alter table request add column file uuid references file (id) on delete cascade;
create index request_file on request (file) where file is not null;
--rollback drop index request_file; delete from request where result is null; alter table request drop column file; alter table request alter column result set not null;
