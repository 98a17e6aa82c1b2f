package io.parley.identity;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;

/** A party that can sign in, with its email address and role. */
public record Account(Party party, String email, Role role, Instant createdAt)
    implements JsonBytes.Part {
  public long id() {
    return party.id();
  }

  /** What those see of it who may not know its email address. */
  public JsonBytes.Part withoutEmail() {
    return json -> write(json, false);
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    write(json, true);
  }

  private void write(JsonGenerator json, boolean withEmail) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", party.id());
    json.writeStringField("username", party.handle());
    json.writeStringField("name", party.name());
    if (withEmail) {
      json.writeStringField("email", email);
    }
    json.writeStringField("kind", party.kind().text());
    json.writeStringField("created_at", Times.text(createdAt));
    json.writeEndObject();
  }
}
