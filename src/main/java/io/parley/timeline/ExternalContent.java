package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What an item carries that came from outside, or was sent there by name.
 *
 * @param channel sms, mms or email
 * @param contact the party outside
 * @param via the address of ours it is reached from
 * @param to the contact's address as it is to be written to; the item came in when there is none
 * @param html what of the body may be shown as HTML
 * @param source the kind of provider that {@code id} is from
 * @param request what the send was asked for under, if it is to be repeatable
 */
public record ExternalContent(
    String channel,
    long contact,
    String via,
    Optional<String> to,
    Optional<String> subject,
    Optional<String> html,
    Optional<Instant> sentAt,
    Optional<String> source,
    Optional<String> id,
    Optional<Request> request) {

  /** A key that belongs to its caller over all calls, and what was asked for under it. */
  public record Request(long caller, String key, String operation, UUID request) {}

  /** Of what an item shows of it. */
  public record Shown(Optional<String> subject, Optional<String> html, Optional<Instant> sentAt) {
    public static final Shown NOTHING =
        new Shown(Optional.empty(), Optional.empty(), Optional.empty());

    int length() {
      return subject.map(String::length).orElse(0) + html.map(String::length).orElse(0);
    }

    void writeTo(JsonGenerator json) throws IOException {
      write(json, "subject", subject);
      write(json, "html", html);
      write(json, "sent_at", sentAt.map(Times::text));
    }
  }

  public Shown shown() {
    return new Shown(subject, html, sentAt);
  }

  public String direction() {
    return to.isPresent() ? "outbound" : "inbound";
  }

  /** As the store keeps it. */
  void writeTo(JsonGenerator json) throws IOException {
    write(json, "subject", subject);
    json.writeObjectFieldStart("mail");
    json.writeStringField("channel", channel);
    json.writeStringField("direction", direction());
    json.writeNumberField("contact", contact);
    json.writeStringField("via", via);
    write(json, "to", to);
    write(json, "html", html);
    write(json, "sent_at", sentAt.map(Times::text));
    write(json, "source", source);
    write(json, "id", id);
    if (request.isPresent()) {
      json.writeObjectFieldStart("request");
      json.writeNumberField("caller", request.get().caller());
      json.writeStringField("key", request.get().key());
      json.writeStringField("operation", request.get().operation());
      json.writeStringField("request", request.get().request().toString());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Optional<String> text)
      throws IOException {
    if (text.isPresent()) {
      json.writeStringField(name, text.get());
    }
  }
}
