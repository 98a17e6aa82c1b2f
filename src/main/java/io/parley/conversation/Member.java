package io.parley.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Channel;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * A party in a conversation.
 *
 * @param channel the channel by which an external participant is reached; empty for all others
 * @param via the sender address by which an external participant is reached
 * @param joinedAt the epoch for a future member of a direct conversation that has no item yet
 */
public record Member(
    Party party,
    boolean owner,
    Optional<Channel> channel,
    Optional<String> via,
    Instant joinedAt,
    long readSeq,
    long deliveredSeq)
    implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeFieldName("party");
    party.writeTo(json);
    json.writeStringField("role", owner ? "owner" : "member");
    json.writeStringField("channel", Channel.textOf(channel));
    if (via.isPresent()) {
      json.writeStringField("via", via.get());
    }
    if (!joinedAt.equals(Instant.EPOCH)) {
      json.writeStringField("joined_at", Times.text(joinedAt));
    }
    json.writeNumberField("read_seq", readSeq);
    json.writeNumberField("delivered_seq", deliveredSeq);
    json.writeEndObject();
  }

  /** The same member as a receipt. */
  public JsonBytes.Part receipt() {
    return json -> {
      json.writeStartObject();
      json.writeFieldName("party");
      party.writeTo(json);
      json.writeNumberField("read_seq", readSeq);
      json.writeNumberField("delivered_seq", deliveredSeq);
      json.writeEndObject();
    };
  }
}
