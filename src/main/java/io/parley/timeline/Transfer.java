package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Content.TransferTerms;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A payment that a member of a conversation declares. Each state is a type whose methods are the
 * legal moves: only an initiated transfer can still move.
 */
public sealed interface Transfer extends JsonBytes.Part {

  /** A change of the state, with its author and time. */
  record Move(TransferState state, Party by, Instant at) {}

  /** A transfer that has not ended yet. */
  record Initiated(TransferTerms terms, Move begun) implements Transfer {
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

  record Succeeded(TransferTerms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  record Failed(TransferTerms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  record Canceled(TransferTerms terms, Move begun, Move ended) implements Transfer {
    @Override
    public List<Move> history() {
      return List.of(begun, ended);
    }
  }

  static Initiated initiated(TransferTerms terms, Party by, Instant at) {
    return new Initiated(terms, new Move(TransferState.INITIATED, by, at));
  }

  TransferTerms terms();

  /** Every move, oldest first. */
  List<Move> history();

  default TransferState state() {
    return history().getLast().state();
  }

  /** This transfer after a move; empty if the move is illegal. */
  default Optional<Transfer> moved(TransferState wanted, Party by, Instant at) {
    return switch (this) {
      case Initiated initiated ->
          switch (wanted) {
            case INITIATED -> Optional.empty();
            case SUCCEEDED -> Optional.of(initiated.succeed(by, at));
            case FAILED -> Optional.of(initiated.fail(by, at));
            case CANCELED -> Optional.of(initiated.cancel(by, at));
          };
      case Succeeded _, Failed _, Canceled _ -> Optional.empty();
    };
  }

  @Override
  default void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    terms().writeTerms(json);
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
