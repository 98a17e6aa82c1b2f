package io.parley.store.timeline;

import io.parley.store.db.Database;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineVerbs.MoveTransfer;
import io.parley.timeline.Transfer;
import io.parley.timeline.TransferMover;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Moves transfers to another state. The conversation is locked meanwhile, so of a settlement and a
 * cancellation at the same time one succeeds and the other is refused with the state as it is then.
 */
final class TransferMoves {
  // the primary key of transfer_event lets a transfer leave a state only once, even if this class
  // were wrong; the transfer is found by its primary key
  private static final String MOVE =
      """
      , m as (
        update transfer t set state = $5 where t.conversation = $1 and t.seq = $2 and t.state = $4
        returning t.conversation, t.seq
      ), e as (
        insert into transfer_event (conversation, seq, from_state, to_state, by, at)
        select m.conversation, m.seq, $4::text, $5::text, $6::bigint, $3::timestamptz from m
      )\
      """;

  private final Database database;
  private final ChangePublisher publisher;

  TransferMoves(Database database, ChangePublisher publisher) {
    this.database = database;
    this.publisher = publisher;
  }

  Future<Result<Item>> move(MoveTransfer request) {
    return ItemChange.run(
        database,
        publisher,
        request.conversation(),
        request.caller().id(),
        request.seq(),
        change -> move(change, request));
  }

  private static Future<Void> move(ItemChange change, MoveTransfer request) {
    Result<Transfer> decision =
        new TransferMover(request.caller(), change.isVisible(), request.settles())
            .move(change.item(), request.wanted(), change.now());
    return switch (decision) {
      case Result.Refused<Transfer> refused -> throw new RefusedTransaction(refused.reason());
      case Result.Done<Transfer> done ->
          change.item().transfer().equals(Optional.of(done.value()))
              ? Future.succeededFuture()
              : write(change, request);
    };
  }

  private static Future<Void> write(ItemChange change, MoveTransfer request) {
    String from = change.item().transfer().orElseThrow().state().text();
    return change.write(MOVE, "", from, request.wanted().text(), request.caller().id());
  }
}
