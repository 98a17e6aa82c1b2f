package io.parley.channel;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.timeline.Delivery;
import java.io.IOException;

/** A delivery as agents list it. */
public record DeliveryEntry(long conversation, long seq, Delivery delivery)
    implements JsonBytes.Part {

  public long id() {
    return delivery.id();
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", delivery.id());
    json.writeNumberField("conversation_id", conversation);
    json.writeNumberField("seq", seq);
    delivery.writeFields(json);
    json.writeEndObject();
  }
}
