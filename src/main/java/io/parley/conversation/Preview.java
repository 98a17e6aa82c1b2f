package io.parley.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.timeline.Item;
import java.io.IOException;
import java.util.Optional;

/** A conversation as one member sees it. */
public record Preview(
    Conversation conversation, Optional<Party> counterpart, Optional<Item> latestItem, long unread)
    implements JsonBytes.Part {
  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(json);
    json.writeEndObject();
  }

  /** The fields without the braces, for whoever adds some. */
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
