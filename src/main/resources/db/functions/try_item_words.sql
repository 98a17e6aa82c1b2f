--liquibase formatted sql

--changeset parley:try_item_words runOnChange:true splitStatements:false
-- item_words, or why they cannot be determined: an item must not keep the others from being indexed.
create or replace function try_item_words(
  p_conversation bigint, p_body text, p_payload jsonb, out words tsvector, out failure text)
language plpgsql stable parallel safe
as $$
begin
  words := item_words(p_conversation, p_body, p_payload);
exception when others then
  failure := sqlerrm;
end
$$;
