package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * One item of a timeline, as it is now.
 *
 * @param messageNo its number among the messages; 0 for what is no message
 * @param transfer where a transfer is, with all its moves
 * @param passage by which channel it came, and what became of it on its way out
 * @param read whether every other user who is a member now has read up to it
 */
public record Item(
    long conversation,
    long seq,
    long rev,
    long messageNo,
    Party author,
    Content content,
    Optional<Transfer> transfer,
    Reactions reactions,
    Passage passage,
    Optional<String> clientId,
    Instant createdAt,
    Instant updatedAt,
    boolean deleted,
    boolean read)
    implements JsonBytes.Part {

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    writeTo(json, true);
  }

  /** The same without what may be long. */
  public void writeShortTo(JsonGenerator json) throws IOException {
    writeTo(json, false);
  }

  private void writeTo(JsonGenerator json, boolean whole) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", conversation + ":" + seq);
    json.writeNumberField("conversation_id", conversation);
    json.writeNumberField("seq", seq);
    json.writeNumberField("rev", rev);
    json.writeStringField("type", content.type().text());
    json.writeFieldName("author");
    author.writeTo(json);
    json.writeStringField("channel", passage.channel());
    json.writeStringField("direction", passage.direction());
    if (!deleted && whole) {
      if (content.body().isPresent()) {
        json.writeStringField("body", content.body().get());
      }
      passage.shown().writeTo(json);
      content.writeTo(json);
      if (transfer.isPresent()) {
        json.writeFieldName("transfer");
        transfer.get().writeTo(json);
      }
      if (!reactions.isEmpty()) {
        json.writeFieldName("reactions");
        reactions.writeTo(json);
      }
    }
    if (content.replyTo().isPresent()) {
      json.writeNumberField("reply_to", content.replyTo().getAsLong());
    }
    if (clientId.isPresent()) {
      json.writeStringField("client_id", clientId.get());
    }
    if (!passage.deliveries().isEmpty()) {
      json.writeArrayFieldStart("deliveries");
      for (Delivery delivery : passage.deliveries()) {
        delivery.writeTo(json);
      }
      json.writeEndArray();
    }
    json.writeStringField("created_at", Times.text(createdAt));
    json.writeStringField("updated_at", Times.text(updatedAt));
    json.writeBooleanField("deleted", deleted);
    json.writeBooleanField("read", read);
    json.writeEndObject();
  }
}
