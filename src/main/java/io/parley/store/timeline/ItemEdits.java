package io.parley.store.timeline;

import io.parley.store.db.Database;
import io.parley.timeline.Direction;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.ChangeItem;
import io.vertx.core.Future;
import java.util.Optional;

/** Edits the text of items and deletes their content, as authors and owners of groups ask. */
final class ItemEdits {
  // counts the conversation's uses of the item's files down, and releases files that reach zero; by
  // the primary keys of reaction, item, file_use and file
  private static final String DELETE =
      """
      , r as (
        delete from reaction where conversation = $1 and seq = $2
      ), f as (
        select distinct (a ->> 'id')::uuid as file
        from item x cross join lateral jsonb_array_elements(x.payload -> 'attachments') a
        where x.conversation = $1 and x.seq = $2 and a ? 'id'
      ), fewer as (
        update file_use u set items = u.items - 1 from f where u.conversation = $1 and u.file = f.file and u.items > 1
      ), none as (
        delete from file_use u using f where u.conversation = $1 and u.file = f.file and u.items = 1 returning u.file
      ), free as (
        update file set let_go_at = clock_timestamp() from none where file.id = none.file
      )\
      """;

  private final Database database;
  private final ChangePublisher publisher;

  ItemEdits(Database database, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  Future<Result<Item>> change(ChangeItem request) {
    return ItemChange.run(
        database,
        publisher,
        request.conversation(),
        request.caller(),
        request.seq(),
        change -> change(change, request.body()));
  }

  private static Future<Void> change(ItemChange change, Optional<String> body) {
    change.refuseUnlessVisible();
    Item item = change.item();
    // only agents see external conversations, and any of them may change what one of them sent
    boolean sentByAgents = item.routing().direction() == Direction.OUTBOUND;
    boolean isAuthor = item.author().id() == change.caller() || sentByAgents;
    if (body.isPresent()) {
      refuseUnless(isAuthor, Refusal.NOT_THE_AUTHOR);
      return edit(change, item, body.get());
    }
    refuseUnless(isAuthor || change.isOwner(), Refusal.NOT_YOURS_TO_DELETE);
    return delete(change, item);
  }

  private static void refuseUnless(boolean allowed, Refusal reason) {
    if (!allowed) {
      throw new RefusedTransaction(reason);
    }
  }

  private static Future<Void> edit(ItemChange change, Item item, String body) {
    if (item.deleted()) {
      throw new RefusedTransaction(Refusal.DELETED);
    }
    if (!item.content().orElseThrow().isEditable()) {
      throw new RefusedTransaction(Refusal.NOT_EDITABLE);
    }
    if (!item.routing().deliveries().isEmpty()) {
      throw new RefusedTransaction(Refusal.ALREADY_SENT);
    }
    return item.body().equals(Optional.of(body))
        ? Future.succeededFuture()
        : change.write("", ", body = $4, edited_at = $3", body);
  }

  private static Future<Void> delete(ItemChange change, Item item) {
    if (item.deleted()) {
      return Future.succeededFuture();
    }
    if (!item.content().orElseThrow().isDeletable()) {
      throw new RefusedTransaction(Refusal.NOT_DELETABLE);
    }
    return change.write(DELETE, ", deleted = true, body = null, payload = null, reactions = null");
  }
}
