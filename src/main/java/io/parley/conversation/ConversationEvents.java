package io.parley.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Item;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The encoder of events for clients: one event per rev, the same for every recipient. */
public final class ConversationEvents {
  private ConversationEvents() {}

  /** The seq up to which a member has read. */
  public record Receipt(Party party, long readSeq) {}

  public static TimelineChanged itemCreated(Item item) {
    return itemCreated(item, JsonBytes.of(item));
  }

  /** The same for an item that was already encoded. */
  public static TimelineChanged itemCreated(Item item, Buffer encoded) {
    return item("item.created", item, encoded);
  }

  public static TimelineChanged itemUpdated(Item item) {
    return item("item.updated", item, JsonBytes.of(item));
  }

  private static TimelineChanged item(String event, Item item, Buffer encoded) {
    if (!item.truncated() && encoded.length() <= Item.MAX_BYTES_IN_EVENTS) {
      TimelineChanged whole = item(event, item, encoded, "}");
      if (whole.event().length <= Item.MAX_BYTES_IN_EVENTS) {
        return whole;
      }
    }
    return item(event, item, JsonBytes.of(item.truncate()), ",\"truncated\":true}");
  }

  private static TimelineChanged item(String event, Item item, Buffer encoded, String tail) {
    Buffer head = Buffer.buffer(128 + encoded.length());
    head.appendString("{\"event\":\"").appendString(event);
    head.appendString("\",\"conversation_id\":").appendString(Long.toString(item.conversation()));
    head.appendString(",\"rev\":").appendString(Long.toString(item.rev()));
    head.appendString(",\"at\":\"").appendString(Times.text(item.dates().updatedAt()));
    head.appendString("\",\"item\":").appendBuffer(encoded).appendString(tail);
    return TimelineChanged.of(item.conversation(), item.rev(), head.getBytes());
  }

  /** The first event of a conversation, with the ids of its first members. */
  public static TimelineChanged conversationCreated(Conversation conversation, List<Long> members) {
    return conversation(true, conversation, 1, conversation.createdAt(), members);
  }

  public static TimelineChanged conversation(
      boolean created, Conversation conversation, long rev, Instant at) {
    return conversation(created, conversation, rev, at, List.of());
  }

  private static TimelineChanged conversation(
      boolean created, Conversation conversation, long rev, Instant at, List<Long> joined) {
    Buffer event =
        event(
            created ? "conversation.created" : "conversation.updated",
            conversation.id(),
            rev,
            at,
            json -> {
              json.writeFieldName("conversation");
              conversation.writeTo(json);
            });
    return new TimelineChanged(conversation.id(), rev, event.getBytes(), joined, List.of());
  }

  public static TimelineChanged member(
      boolean added, long conversation, Member member, long rev, Instant at) {
    Buffer event =
        event(
            added ? "member.added" : "member.removed",
            conversation,
            rev,
            at,
            json -> {
              json.writeFieldName("member");
              member.writeTo(json);
            });
    List<Long> who = List.of(member.party().id());
    return new TimelineChanged(
        conversation, rev, event.getBytes(), added ? who : List.of(), added ? List.of() : who);
  }

  public static TimelineChanged receipts(
      long conversation, List<Receipt> receipts, long readByAllSeq, long rev, Instant at) {
    Buffer event =
        event(
            "receipt.updated",
            conversation,
            rev,
            at,
            json -> {
              json.writeArrayFieldStart("receipts");
              for (Receipt receipt : receipts) {
                json.writeStartObject();
                json.writeFieldName("party");
                receipt.party().writeTo(json);
                json.writeNumberField("read_seq", receipt.readSeq());
                json.writeEndObject();
              }
              json.writeEndArray();
              json.writeNumberField("read_by_all_seq", readByAllSeq);
            });
    return TimelineChanged.of(conversation, rev, event.getBytes());
  }

  /** Whether a party is typing. The conversation does not change, so there is no rev. */
  public static byte[] typing(long conversation, Party party, boolean active, Instant at) {
    return JsonBytes.object(
            json -> {
              json.writeStringField("event", "typing");
              json.writeNumberField("conversation_id", conversation);
              json.writeStringField("at", Times.text(at));
              json.writeObjectFieldStart("typing");
              json.writeFieldName("party");
              party.writeTo(json);
              json.writeBooleanField("active", active);
              json.writeEndObject();
            })
        .getBytes();
  }

  /** Whether a party is online; belongs to no conversation. */
  public static byte[] presence(Party party, boolean online, Optional<Instant> seen, Instant at) {
    return JsonBytes.object(
            json -> {
              json.writeStringField("event", "presence");
              json.writeStringField("at", Times.text(at));
              json.writeObjectFieldStart("presence");
              writePresence(json, party, online, seen);
              json.writeEndObject();
            })
        .getBytes();
  }

  /** Writes the fields of the presence of a party, without the braces. */
  public static void writePresence(
      JsonGenerator json, Party party, boolean online, Optional<Instant> seen) throws IOException {
    json.writeFieldName("party");
    party.writeTo(json);
    json.writeBooleanField("online", online);
    if (seen.isPresent()) {
      json.writeStringField("last_seen_at", Times.text(seen.get()));
    }
  }

  private static Buffer event(
      String event, long conversation, long rev, Instant at, JsonBytes.Part fields) {
    return JsonBytes.object(
        json -> {
          json.writeStringField("event", event);
          json.writeNumberField("conversation_id", conversation);
          json.writeNumberField("rev", rev);
          json.writeStringField("at", Times.text(at));
          fields.writeTo(json);
        });
  }
}
