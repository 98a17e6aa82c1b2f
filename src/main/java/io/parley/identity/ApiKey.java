package io.parley.identity;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;

/**
 * A credential of a program, with the scopes that it grants. The key is a party of its own: it can
 * be a member of groups. Its secret is stored as a hash and is not part of this record.
 */
public record ApiKey(Party party, Set<Scope> scopes, Instant createdAt) implements JsonBytes.Part {
  public boolean holds(Scope wanted) {
    return scopes.stream().anyMatch(scope -> scope.includes(wanted));
  }

  /** The highest role whose permissions these scopes include. */
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

  /** Writes the fields, without the braces. */
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
