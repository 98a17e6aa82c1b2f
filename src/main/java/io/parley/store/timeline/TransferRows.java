package io.parley.store.timeline;

import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.timeline.Content.TransferTerms;
import io.parley.timeline.Transfer;
import io.parley.timeline.TransferState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;

/** Reads a transfer from the JSON that {@link ItemSql} selects, by replaying its moves. */
final class TransferRows {
  private TransferRows() {}

  /** {@code author} initiated the transfer when its item was created. */
  static Transfer transfer(JsonObject stored, Party author, Instant created) {
    TransferTerms terms =
        new TransferTerms(
            stored.getLong("amount"),
            stored.getString("currency"),
            Optional.ofNullable(stored.getString("reference")));
    Transfer transfer = Transfer.initiated(terms, author, created);
    JsonArray moves = Objects.requireNonNullElseGet(stored.getJsonArray("moves"), JsonArray::new);
    for (int i = 0; i < moves.size(); i++) {
      transfer = moved(transfer, moves.getJsonObject(i));
    }
    return transfer;
  }

  private static Transfer moved(Transfer transfer, JsonObject move) {
    Party by =
        new Party(
            move.getLong("id"),
            PartyKind.of(move.getString("kind")),
            move.getString("name"),
            move.getString("handle"));
    Instant at = OffsetDateTime.parse(move.getString("at")).toInstant();
    return transfer.moved(TransferState.of(move.getString("state")), by, at).orElseThrow();
  }
}
