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
 * @param truncated its content is too long for where it is told, and left out
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
    Routing passage,
    Optional<String> clientId,
    Instant createdAt,
    Instant updatedAt,
    boolean deleted,
    boolean read,
    boolean truncated)
    implements JsonBytes.Part {
  /** As JSON, what is longer is told in passing without its content. */
  public static final int MOST_IN_PASSING = 32 * 1024;

  private static final int LONGEST_ESCAPE = 6;

  /** The same without its content. */
  public Item shortened() {
    return new Item(
        conversation,
        seq,
        rev,
        messageNo,
        author,
        content,
        transfer,
        reactions,
        passage,
        clientId,
        createdAt,
        updatedAt,
        deleted,
        read,
        true);
  }

  /** As it is told where others are the subject: without its content if that is long. */
  public Item inPassing() {
    return mayBeLong() && JsonBytes.of(this).length() > MOST_IN_PASSING ? shortened() : this;
  }

  // what is plainly short need not be written to be measured
  private boolean mayBeLong() {
    boolean text =
        content.attachments().isEmpty()
            && content.post().isEmpty()
            && reactions.isEmpty()
            && passage.deliveries().size() < 2;
    int characters = content.body().map(String::length).orElse(0) + passage.shown().length();
    return !text || characters > MOST_IN_PASSING / LONGEST_ESCAPE / 2;
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
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
    if (!deleted && !truncated) {
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
    if (truncated) {
      json.writeBooleanField("truncated", true);
    }
    json.writeEndObject();
  }
}
