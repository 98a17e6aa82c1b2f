package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Money that one side of a conversation says it sends. Its state is its type, and the methods of
 * the type are the moves that are legal from there: only what is initiated can still go somewhere.
 */
public sealed interface Transfer extends JsonBytes.Part {

  /** What was agreed on; never changes. {@code amount} is in the currency's minor units. */
  record Terms(long amount, String currency, Optional<String> reference) {
    public Terms {
      if (amount <= 0) {
        throw new IllegalArgumentException("a transfer is of something");
      }
    }

    void writeFields(JsonGenerator json) throws IOException {
      json.writeNumberField("amount", amount);
      json.writeStringField("currency", currency);
      if (reference.isPresent()) {
        json.writeStringField("reference", reference.get());
      }
    }
  }

  /** Who brought it where, and when. */
  record Move(TransferState state, Party by, Instant at) {}

  /** Waits for what becomes of it. */
  record Initiated(Terms terms, Move begun) implements Transfer {
    public Succeeded succeed(Party by, Instant at) {
      return new Succeeded(terms, begun, new Move(TransferState.SUCCEEDED, by, at));
    }

    public Failed fail(Party by, Instant at) {
      return new Failed(terms, begun, new Move(TransferState.FAILED, by, at));
    }

    public Canceled cancel(Party by, Instant at) {
      return new Canceled(terms, begun, new Move(TransferState.CANCELED, by, at));
    }

    @Override
    public List<Move> history() {
      return List.of(begun);
    }
  }

  record Succeeded(Terms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  record Failed(Terms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  record Canceled(Terms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  static Initiated initiated(Terms terms, Party by, Instant at) {
    return new Initiated(terms, new Move(TransferState.INITIATED, by, at));
  }

  Terms terms();

  /** Every move, the first one first. */
  List<Move> history();

  default TransferState state() {
    return history().getLast().state();
  }

  /** This transfer after a move; empty where no legal one leads there. */
  default Optional<Transfer> moved(TransferState wanted, Party by, Instant at) {
    return switch (this) {
      case Initiated initiated ->
          switch (wanted) {
            case INITIATED -> Optional.empty();
            case SUCCEEDED -> Optional.of(initiated.succeed(by, at));
            case FAILED -> Optional.of(initiated.fail(by, at));
            case CANCELED -> Optional.of(initiated.cancel(by, at));
          };
      case Succeeded over -> Optional.empty();
      case Failed over -> Optional.empty();
      case Canceled over -> Optional.empty();
    };
  }

  /**
   * What a request to move {@code item} comes to: the transfer as it is then, or why not. That it
   * is where it is anybody may say who sees it; who may move it is decided before what is legal.
   *
   * @param settles whether the caller may say how transfers end
   */
  static Result<Transfer> decide(
      Item item, Party caller, boolean member, boolean settles, TransferState wanted, Instant at) {
    boolean sees = member || (settles && item.transfer().isPresent());
    if (!sees) {
      return Result.refused(Refusal.NOT_THERE);
    }
    if (item.transfer().isEmpty()) {
      return Result.refused(Refusal.NOT_A_TRANSFER);
    }
    Transfer now = item.transfer().get();
    if (now.state() == wanted) {
      return Result.done(now);
    }
    boolean author = member && item.author().id() == caller.id();
    if (!wanted.mayBeSetBy(author, settles)) {
      return Result.refused(Refusal.NOT_YOURS_TO_MOVE);
    }
    return now.moved(wanted, caller, at)
        .map(Result::done)
        .orElseGet(() -> Result.refused(Refusal.ILLEGAL_MOVE));
  }

  @Override
  default void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    terms().writeFields(json);
    json.writeStringField("state", state().text());
    json.writeArrayFieldStart("history");
    for (Move move : history()) {
      json.writeStartObject();
      json.writeStringField("state", move.state().text());
      json.writeFieldName("by");
      move.by().writeTo(json);
      json.writeStringField("at", Times.text(move.at()));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
