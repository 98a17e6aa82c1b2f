package io.parley.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A conversation as all its members see it.
 *
 * @param id 0 for a direct conversation that has no item yet
 * @param participants up to ten members, longest-standing first
 * @param activeAt the time of its newest item, or of its creation: the order of lists
 * @param updatedAt the same, or when it was renamed since
 */
public record Conversation(
    long id,
    ConversationKind kind,
    Optional<String> name,
    Optional<Party> owner,
    List<Party> participants,
    long memberCount,
    long lastSeq,
    long rev,
    Instant createdAt,
    Instant activeAt,
    Instant updatedAt)
    implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(json);
    json.writeEndObject();
  }

  void writeFields(JsonGenerator json) throws IOException {
    if (id == 0) {
      json.writeNullField("id");
    } else {
      json.writeNumberField("id", id);
    }
    json.writeStringField("kind", kind.text());
    if (name.isPresent()) {
      json.writeStringField("name", name.get());
    }
    if (owner.isPresent()) {
      json.writeFieldName("owner");
      owner.get().writeTo(json);
    }
    json.writeArrayFieldStart("participants");
    for (Party party : participants) {
      party.writeTo(json);
    }
    json.writeEndArray();
    json.writeNumberField("member_count", memberCount);
    json.writeNumberField("last_seq", lastSeq);
    json.writeNumberField("rev", rev);
    if (id != 0) {
      json.writeStringField("created_at", Times.text(createdAt));
      json.writeStringField("updated_at", Times.text(updatedAt));
    }
  }
}
