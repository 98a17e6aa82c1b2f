package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An item of a timeline in its present state: what its author wrote, and how it developed since.
 *
 * <p>Each part is a record of its own, so that a new field of an item is a new component of one
 * part.
 */
public record Item(
    Position position,
    Origin origin,
    Statement statement,
    Responses responses,
    Routing routing,
    Dates dates)
    implements JsonBytes.Part {
  /** Events and previews omit the content of an item that is longer than this as JSON. */
  public static final int MAX_BYTES_IN_EVENTS = 32 * 1024;

  private static final int MAX_ESCAPE = 6;
  private static final int SURELY_SHORT = MAX_BYTES_IN_EVENTS / MAX_ESCAPE / 2;

  /**
   * The position of the item.
   *
   * @param messageNo its number among the messages; 0 for other types
   */
  public record Position(long conversation, long seq, long rev, long messageNo) {}

  /**
   * The author of the item, and the id that the author gave to it.
   *
   * @param sentBy the agent or key behind an outbound item, whose author is a sender address
   */
  public record Origin(Party author, Optional<Party> sentBy, Optional<String> clientId) {}

  /**
   * The content of the item, with its type.
   *
   * @param content empty if the item was deleted, or if the content was omitted for its length
   * @param truncated whether the content was omitted for its length
   */
  public record Statement(
      ItemType type,
      Optional<Content> content,
      OptionalLong replyTo,
      boolean deleted,
      boolean truncated) {
    public static Statement of(Draft draft) {
      Content content = draft.content();
      return new Statement(content.type(), Optional.of(content), draft.replyTo(), false, false);
    }

    private Statement withoutContent() {
      return new Statement(type, Optional.empty(), replyTo, deleted, true);
    }
  }

  /**
   * The responses of others to the item.
   *
   * @param transfer the state and the moves of a transfer; empty for other types
   * @param read whether every other user who is a member now has read it
   */
  public record Responses(Optional<Transfer> transfer, Reactions reactions, boolean read) {
    public static final Responses NONE = new Responses(Optional.empty(), Reactions.NONE, false);
  }

  /** {@code editedAt} is when the text was last edited; empty if it never was. */
  public record Dates(Instant createdAt, Instant updatedAt, Optional<Instant> editedAt) {}

  public long conversation() {
    return position.conversation();
  }

  public long seq() {
    return position.seq();
  }

  public long rev() {
    return position.rev();
  }

  public Party author() {
    return origin.author();
  }

  public Optional<Content> content() {
    return statement.content();
  }

  /** The text of a message; empty if there is none, or if it was omitted. */
  public Optional<String> body() {
    return statement.content().flatMap(Content::body);
  }

  public Optional<Transfer> transfer() {
    return responses.transfer();
  }

  public boolean deleted() {
    return statement.deleted();
  }

  public boolean truncated() {
    return statement.truncated();
  }

  /** The same item under an earlier rev: that of an event which is published late. */
  public Item at(long rev) {
    Position then =
        new Position(position.conversation(), position.seq(), rev, position.messageNo());
    return new Item(then, origin, statement, responses, routing, dates);
  }

  /** The same item without its content. */
  public Item truncate() {
    return new Item(position, origin, statement.withoutContent(), responses, routing, dates);
  }

  /** The item as events and previews show it: without its content if that is long. */
  public Item forEvents() {
    return isSurelyShort() || JsonBytes.of(this).length() <= MAX_BYTES_IN_EVENTS
        ? this
        : truncate();
  }

  // avoids encoding the item only to measure it
  private boolean isSurelyShort() {
    return responses.reactions().isEmpty()
        && routing.deliveries().size() < 2
        && (content().isEmpty() || content().get().isPlainlyShorterThan(SURELY_SHORT));
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", position.conversation() + ":" + position.seq());
    json.writeNumberField("conversation_id", position.conversation());
    json.writeNumberField("seq", position.seq());
    json.writeNumberField("rev", position.rev());
    json.writeStringField("type", statement.type().text());
    json.writeFieldName("author");
    origin.author().writeTo(json);
    json.writeStringField("channel", Channel.textOf(routing.channel()));
    json.writeStringField("direction", routing.direction().text());
    if (statement.content().isPresent()) {
      writeContent(json, statement.content().get());
    }
    if (statement.replyTo().isPresent()) {
      json.writeNumberField("reply_to", statement.replyTo().getAsLong());
    }
    if (origin.clientId().isPresent()) {
      json.writeStringField("client_id", origin.clientId().get());
    }
    if (origin.sentBy().isPresent()) {
      json.writeFieldName("sent_by");
      origin.sentBy().get().writeTo(json);
    }
    writeDeliveries(json);
    json.writeStringField("created_at", Times.text(dates.createdAt()));
    json.writeStringField("updated_at", Times.text(dates.updatedAt()));
    if (dates.editedAt().isPresent()) {
      json.writeStringField("edited_at", Times.text(dates.editedAt().get()));
    }
    json.writeBooleanField("deleted", statement.deleted());
    json.writeBooleanField("read", responses.read());
    if (statement.truncated()) {
      json.writeBooleanField("truncated", true);
    }
    json.writeEndObject();
  }

  private void writeContent(JsonGenerator json, Content content) throws IOException {
    content.writeFields(json);
    if (responses.transfer().isPresent()) {
      json.writeFieldName("transfer");
      responses.transfer().get().writeTo(json);
    }
    if (!responses.reactions().isEmpty()) {
      json.writeFieldName("reactions");
      responses.reactions().writeTo(json);
    }
  }

  private void writeDeliveries(JsonGenerator json) throws IOException {
    if (!routing.deliveries().isEmpty()) {
      json.writeArrayFieldStart("deliveries");
      for (Delivery delivery : routing.deliveries()) {
        delivery.writeTo(json);
      }
      json.writeEndArray();
    }
  }
}
