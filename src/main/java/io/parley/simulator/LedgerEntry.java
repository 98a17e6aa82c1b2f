package io.parley.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** A request and its answer. Confined to the event loop, like the ledger. */
final class LedgerEntry {
  final long number;
  final String provider;
  final Optional<String> id;
  final SimulatedMessage message;
  final Optional<String> key;
  final Instant receivedAt;
  final boolean delivered;
  private OptionalInt answer = OptionalInt.empty();

  LedgerEntry(
      long number,
      String provider,
      Optional<String> id,
      SimulatedMessage message,
      Optional<String> key,
      Instant receivedAt,
      boolean delivered) {
    this.number = number;
    this.provider = provider;
    this.id = id;
    this.message = message;
    this.key = key;
    this.receivedAt = receivedAt;
    this.delivered = delivered;
  }

  /** Records the answer; never called when the caller received none. */
  void answered(int status) {
    answer = OptionalInt.of(status);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("provider", provider);
    json.writeStringField("id", id.orElse(null));
    json.writeStringField("from", message.from());
    json.writeStringField("to", message.to());
    json.writeStringField("type", message.type());
    if (message.subject().isPresent()) {
      json.writeStringField("subject", message.subject().get());
    }
    json.writeStringField("body", message.body());
    json.writeArrayFieldStart("attachments");
    for (String url : message.attachments()) {
      json.writeString(url);
    }
    json.writeEndArray();
    json.writeStringField("reference", message.reference().orElse(null));
    json.writeStringField("idempotency_key", key.orElse(null));
    json.writeStringField("received_at", Times.text(receivedAt));
    if (answer.isPresent()) {
      json.writeNumberField("answer", answer.getAsInt());
    } else {
      json.writeNullField("answer");
    }
    json.writeBooleanField("delivered", delivered);
    json.writeEndObject();
  }
}
