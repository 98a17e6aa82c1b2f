package io.parley.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.timeline.Item;
import java.io.IOException;
import java.util.Optional;

/** A conversation from the view of one member: its counterpart, latest item and unread count. */
public record Preview(
    Conversation conversation, Optional<Party> counterpart, Optional<Item> latestItem, long unread)
    implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(json);
    json.writeEndObject();
  }

  /** Writes the fields, without the braces. */
  public void writeFields(JsonGenerator json) throws IOException {
    conversation.writeFields(json);
    if (counterpart.isPresent()) {
      json.writeFieldName("counterpart");
      counterpart.get().writeTo(json);
    }
    if (latestItem.isPresent()) {
      json.writeFieldName("latest_item");
      latestItem.get().writeTo(json);
    }
    json.writeNumberField("unread", unread);
  }
}
