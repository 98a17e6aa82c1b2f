--liquibase formatted sql

--changeset parley:0018-request-seq
-- What a send under a key made is an item: its conversation is the result, this is its number.
alter table request add column seq bigint;
--rollback delete from request where seq is not null; alter table request drop column seq;

--changeset parley:0018-rename-send-out
alter function send_out(append_result[]) rename to make_deliveries;
--rollback alter function make_deliveries(append_result[]) rename to send_out;

--changeset parley:0018-send-out splitStatements:false
-- What follows from items just stored where somebody is reached by a channel; and the keys of the requests that sent them,
-- in the same commit. A key that its caller has used before, for whatever, breaks the unique index, and nothing was sent.
create function send_out(p_results append_result[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform make_deliveries(p_results);
  insert into request (caller, key, operation, request, result, seq)
  select x.caller, x.key, x.operation, x.request, i.conversation, i.seq
  from unnest(p_results) r join item i on i.conversation = r.conversation and i.seq = r.seq,
    jsonb_to_record(i.payload #> '{mail,request}') as x (caller bigint, key text, operation text, request uuid)
  where r.fresh and i.client_id is not null and i.payload #> '{mail,request}' is not null;
end
$$;
--rollback drop function send_out;
