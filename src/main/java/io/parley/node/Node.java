package io.parley.node;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * A node as its row shows it.
 *
 * @param draining whether it has been asked to let its clients go
 * @param silentMs how long ago it wrote its row, by the clock of the database
 */
public record Node(
    NodeIdentity identity, Instant startedAt, boolean draining, long silentMs, NodeStatus status) {
  /** A node that has not written its row for so long may have died. */
  public static final long SUSPECT_MS = 3_000;

  /** A node that has not written its row for so long is gone. */
  public static final long GONE_MS = 6_000;

  public UUID id() {
    return identity.id();
  }

  public boolean isGone() {
    return silentMs > GONE_MS;
  }

  private String state() {
    return silentMs > SUSPECT_MS ? "suspect" : draining ? "draining" : "up";
  }

  /** Its JSON as seen by the node {@code self}. */
  public JsonBytes.Part seenBy(UUID self) {
    return json -> writeTo(json, id().equals(self));
  }

  private void writeTo(JsonGenerator json, boolean self) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", id().toString());
    json.writeStringField("name", identity.name());
    json.writeStringField("version", identity.version());
    json.writeBooleanField("self", self);
    json.writeStringField("state", state());
    json.writeStringField("started_at", Times.text(startedAt));
    json.writeNumberField("sockets", status.sockets());
    json.writeNumberField("users_online", status.usersOnline());
    json.writeNumberField("conversations_heard", status.conversationsHeard());
    json.writeNumberField("loop_lag_ms", status.loopLagMs());
    json.writeObjectFieldStart("news");
    json.writeNumberField("received", status.news().received());
    json.writeNumberField("gaps", status.news().gaps());
    json.writeNumberField("repaired", status.news().repaired());
    if (status.news().lastGapAt().isPresent()) {
      json.writeStringField("last_gap_at", Times.text(status.news().lastGapAt().get()));
    } else {
      json.writeNullField("last_gap_at");
    }
    json.writeEndObject();
    json.writeEndObject();
  }
}
