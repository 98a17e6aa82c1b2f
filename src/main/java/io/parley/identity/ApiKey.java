package io.parley.identity;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;

/** What a program acts by; a party like others, but for its secret. */
public record ApiKey(Party party, Set<Scope> scopes, Instant createdAt) implements JsonBytes.Part {
  public boolean holds(Scope wanted) {
    return scopes.stream().anyMatch(scope -> scope.includes(wanted));
  }

  /** The role that is as much as these scopes, as far as roles go. */
  public static Role role(Set<Scope> scopes) {
    return scopes.contains(Scope.ADMIN)
        ? Role.ADMIN
        : scopes.contains(Scope.MESSAGES) ? Role.AGENT : Role.USER;
  }

  @Override
  public void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(json);
    json.writeEndObject();
  }

  /** What is between the braces. */
  public void writeFields(JsonGenerator json) throws IOException {
    json.writeNumberField("id", party.id());
    json.writeStringField("name", party.name());
    json.writeArrayFieldStart("scopes");
    for (Scope scope : new TreeSet<>(scopes)) {
      json.writeString(scope.text());
    }
    json.writeEndArray();
    json.writeStringField("created_at", Times.text(createdAt));
  }
}
