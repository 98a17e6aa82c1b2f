--liquibase formatted sql

--changeset parley:item_words runOnChange:true splitStatements:false
-- The words by which an item is found. Its conversation is one of them, in a form that no text can contain: the index is
-- asked for words in the caller's conversations, and never walks through the items of others.
-- Bounded before folding, to limit the work, and after it, because a character may become eighteen: a tsvector has a limit.
create or replace function item_words(p_conversation bigint, p_body text, p_payload jsonb) returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', left(fold_text(left(concat_ws(' ',
      p_body, p_payload ->> 'subject', p_payload #>> '{post,title}', p_payload #>> '{post,caption}',
      (select string_agg(a ->> 'name', ' ') from jsonb_array_elements(p_payload -> 'attachments') a)), 100000)), 100000))
    || array_to_tsvector(array[chr(1) || p_conversation])
$$;
