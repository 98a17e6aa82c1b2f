package io.parley.store.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.identity.Fingerprint;
import io.parley.identity.Party;
import io.parley.json.JsonBytes;
import io.parley.json.Times;
import io.parley.timeline.Attachment;
import io.parley.timeline.Content;
import io.parley.timeline.Content.External;
import io.parley.timeline.Content.Files;
import io.parley.timeline.Content.Message;
import io.parley.timeline.Content.Post;
import io.parley.timeline.Content.TransferTerms;
import io.parley.timeline.Draft;
import io.parley.timeline.Envelope;
import io.parley.timeline.ItemType;
import io.parley.timeline.Transfer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How the content of an item is stored: a text in the column {@code body}, the terms of a transfer
 * in a table of their own, everything else as JSON in the column {@code payload}.
 */
public final class StoredContent {
  private StoredContent() {}

  /** Everything but the text as JSON; null if there is nothing else. */
  public static @Nullable String payload(Draft draft) {
    return switch (draft.content()) {
      case Message message when message.attachments().isEmpty() -> null;
      case Message message -> text(json -> new Files(message.attachments()).writeFields(json));
      case External external -> text(json -> write(json, external, draft.envelope().orElseThrow()));
      case Files files -> text(files::writeFields);
      case Post post -> text(post::writeFields);
      case TransferTerms terms -> text(terms::writeTerms);
    };
  }

  /**
   * The same, with the id of the party behind an outbound item. The function that stores it moves
   * the id to a column of its own.
   */
  static @Nullable String payload(Draft draft, Optional<Party> sentBy) {
    String payload = payload(draft);
    return sentBy.isEmpty()
        ? payload
        : (payload == null ? new JsonObject() : new JsonObject(payload))
            .put("sent_by", sentBy.get().id())
            .encode();
  }

  private static String text(JsonBytes.Part fields) {
    return JsonBytes.object(fields).toString();
  }

  /** Tells this draft from any other under the same key. */
  public static UUID fingerprint(Draft draft) {
    String payload = payload(draft);
    return Fingerprint.of(
        draft.content().type().text()
            + "\u0000"
            + draft.content().body().orElse("")
            + "\u0000"
            + (payload == null ? "" : payload)
            + (draft.replyTo().isPresent() ? "\u0000" + draft.replyTo().getAsLong() : ""));
  }

  private static void write(JsonGenerator json, External external, Envelope envelope)
      throws IOException {
    new Files(external.message().attachments()).writeFields(json);
    write(json, "subject", external.subject());
    json.writeObjectFieldStart("mail");
    json.writeStringField("channel", envelope.channel().text());
    json.writeStringField("direction", envelope.direction().text());
    json.writeNumberField("contact", envelope.contact());
    json.writeStringField("via", envelope.via());
    if (envelope instanceof Envelope.Outbound outbound) {
      json.writeStringField("to", outbound.to());
    }
    write(json, "html", external.html());
    write(json, "sent_at", external.sentAt().map(Times::text));
    switch (envelope) {
      case Envelope.Inbound inbound -> {
        json.writeStringField("source", inbound.source());
        json.writeStringField("id", inbound.id());
      }
      case Envelope.Outbound outbound -> {
        if (outbound.request().isPresent()) {
          write(json, outbound.request().get());
        }
      }
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Envelope.Request request) throws IOException {
    json.writeObjectFieldStart("request");
    json.writeNumberField("caller", request.caller());
    json.writeStringField("key", request.key());
    json.writeStringField("operation", request.kind().text());
    json.writeStringField("request", request.fingerprint().toString());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Optional<String> text)
      throws IOException {
    if (text.isPresent()) {
      json.writeStringField(name, text.get());
    }
  }

  /** The content of an item that is neither deleted nor read without its content. */
  static Content read(
      ItemType type,
      @Nullable String body,
      @Nullable JsonObject payload,
      Optional<Transfer> transfer) {
    JsonObject rest = payload == null ? new JsonObject() : payload;
    return switch (type) {
      case MESSAGE -> message(Optional.ofNullable(body), rest);
      case ATTACHMENT -> new Files(attachments(rest));
      case POST -> post(rest.getJsonObject("post"));
      case TRANSFER -> transfer.orElseThrow().terms();
    };
  }

  private static Content message(Optional<String> body, JsonObject payload) {
    Message message = new Message(body, attachments(payload));
    JsonObject mail = payload.getJsonObject("mail");
    return mail == null
        ? message
        : new External(
            message,
            text(payload, "subject"),
            text(mail, "html"),
            text(mail, "sent_at").flatMap(Times::read));
  }

  /** The attachments in the payload of an item. */
  public static List<Attachment> attachments(JsonObject payload) {
    JsonArray stored = payload.getJsonArray("attachments");
    if (stored == null) {
      return List.of();
    }
    List<Attachment> attachments = new ArrayList<>(stored.size());
    for (int i = 0; i < stored.size(); i++) {
      attachments.add(attachment(stored.getJsonObject(i)));
    }
    return attachments;
  }

  private static Attachment attachment(JsonObject stored) {
    Long size = stored.getLong("size");
    return new Attachment(
        text(stored, "id"),
        stored.getString("url"),
        text(stored, "name"),
        text(stored, "mime_type"),
        size == null ? OptionalLong.empty() : OptionalLong.of(size));
  }

  private static Post post(JsonObject stored) {
    return new Post(
        text(stored, "platform"),
        stored.getString("url"),
        text(stored, "title"),
        text(stored, "caption"));
  }

  private static Optional<String> text(JsonObject stored, String name) {
    return Optional.ofNullable(stored.getString(name));
  }
}
