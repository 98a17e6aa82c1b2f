package io.parley.store.timeline;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.store.db.Database;
import io.parley.store.db.RefusedTransaction;
import io.parley.timeline.Content.TransferTerms;
import io.parley.timeline.Item;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.parley.timeline.TimelineVerbs.MoveTransfer;
import io.parley.timeline.Transfer;
import io.parley.timeline.TransferMover;
import io.parley.timeline.TransferState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What becomes of transfers. They begin in {@code append_items}; here they move, under the
 * conversation's lock, so that of a settlement and a cancellation at the same time one wins and the
 * other is told what is now.
 */
public final class Transfers {
  private final Database database;
  private final Consumer<TimelineChanged> news;

  public Transfers(Database database, Consumer<TimelineChanged> news) {
    this.database = database;
    this.news = news;
  }

  public Future<Result<Item>> move(MoveTransfer wanted) {
    return ItemChange.run(
        database,
        news,
        wanted.conversation(),
        wanted.caller().id(),
        wanted.seq(),
        change -> moved(change, wanted));
  }

  private static Future<Void> moved(ItemChange change, MoveTransfer wanted) {
    Result<Transfer> decided =
        new TransferMover(wanted.caller(), change.member(), wanted.settles())
            .move(change.item(), wanted.wanted(), change.now());
    return switch (decided) {
      case Result.Refused<Transfer> refused -> throw new RefusedTransaction(refused.reason());
      case Result.Done<Transfer> done ->
          change.item().transfer().equals(Optional.of(done.value()))
              ? Future.succeededFuture()
              : write(change, wanted);
    };
  }

  // the key of transfer_event lets a transfer leave a state only once, whoever else might write
  private static Future<Void> write(ItemChange change, MoveTransfer wanted) {
    String from = change.item().transfer().orElseThrow().state().text();
    String to = wanted.wanted().text();
    return change.write(
        """
        , m as (
          update transfer t set state = $5 where t.conversation = $1 and t.seq = $2 and t.state = $4
          returning t.conversation, t.seq
        ), e as (
          insert into transfer_event (conversation, seq, from_state, to_state, by, at)
          select m.conversation, m.seq, $4::text, $5::text, $6::bigint, $3::timestamptz from m
        )\
        """,
        "",
        from,
        to,
        wanted.caller().id());
  }

  /** A transfer as it is kept; it began with its item. */
  static Transfer of(JsonObject kept, Party author, Instant created) {
    TransferTerms terms =
        new TransferTerms(
            kept.getLong("amount"),
            kept.getString("currency"),
            Optional.ofNullable(kept.getString("reference")));
    Transfer transfer = Transfer.initiated(terms, author, created);
    JsonArray moves = Objects.requireNonNullElseGet(kept.getJsonArray("moves"), JsonArray::new);
    for (int i = 0; i < moves.size(); i++) {
      JsonObject move = moves.getJsonObject(i);
      Party by =
          new Party(
              move.getLong("id"),
              PartyKind.of(move.getString("kind")),
              move.getString("name"),
              move.getString("handle"));
      Instant at = OffsetDateTime.parse(move.getString("at")).toInstant();
      transfer = transfer.moved(TransferState.of(move.getString("state")), by, at).orElseThrow();
    }
    return transfer;
  }
}
