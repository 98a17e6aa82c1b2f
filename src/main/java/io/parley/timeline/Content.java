package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.Times;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The content that an author gave to one item, with a record for each kind. Only an edit of the
 * text changes it; what happens to it later (moves of a transfer, reactions, deliveries) belongs to
 * the {@link Item}.
 *
 * <p>Every decision that depends on the kind is a {@code switch} without {@code default} over this
 * type or over {@link ItemType}, so a new kind does not compile until each of them is made.
 */
public sealed interface Content {

  /** A message: a text, files, or both. */
  record Message(Optional<String> body, List<Attachment> attachments) implements Content {
    public static Message text(String body) {
      return new Message(Optional.of(body), List.of());
    }
  }

  /** Files without a text. */
  record Files(List<Attachment> attachments) implements Content {}

  /** A reference to a post on another platform. */
  record Post(
      Optional<String> platform, String url, Optional<String> title, Optional<String> caption)
      implements Content {}

  /** The terms of a transfer. The amount is in the minor units of the currency. */
  record TransferTerms(long amount, String currency, Optional<String> reference)
      implements Content {
    public TransferTerms {
      if (amount <= 0) {
        throw new IllegalArgumentException("the amount of a transfer must be positive");
      }
    }

    /** Writes the terms, without braces. */
    public void writeTerms(JsonGenerator json) throws IOException {
      json.writeNumberField("amount", amount);
      json.writeStringField("currency", currency);
      write(json, "reference", reference);
    }
  }

  /** A message that was received by a channel, or sent by one to an address. */
  record External(
      Message message, Optional<String> subject, Optional<String> html, Optional<Instant> sentAt)
      implements Content {}

  default ItemType type() {
    return switch (this) {
      case Message _, External _ -> ItemType.MESSAGE;
      case Files _ -> ItemType.ATTACHMENT;
      case Post _ -> ItemType.POST;
      case TransferTerms _ -> ItemType.TRANSFER;
    };
  }

  /** Whether its text can be edited. */
  default boolean isEditable() {
    return switch (this) {
      case Message _, External _ -> true;
      case Files _, Post _, TransferTerms _ -> false;
    };
  }

  /** Whether it can be deleted; the terms of a transfer stay on record. */
  default boolean isDeletable() {
    return switch (this) {
      case Message _, External _, Files _, Post _ -> true;
      case TransferTerms _ -> false;
    };
  }

  /** Whether it can be sent by a channel to an external participant. */
  default boolean isSendable() {
    return switch (this) {
      case Message _, External _, Files _ -> true;
      case Post _, TransferTerms _ -> false;
    };
  }

  default Optional<String> body() {
    return switch (this) {
      case Message message -> message.body;
      case External external -> external.message.body;
      case Files _, Post _, TransferTerms _ -> Optional.empty();
    };
  }

  default List<Attachment> attachments() {
    return switch (this) {
      case Message message -> message.attachments;
      case External external -> external.message.attachments;
      case Files files -> files.attachments;
      case Post _, TransferTerms _ -> List.of();
    };
  }

  /** The same content with these attachments in place of its own. */
  default Content withAttachments(List<Attachment> others) {
    return switch (this) {
      case Message message -> new Message(message.body, others);
      case External external ->
          new External(
              new Message(external.message.body, others),
              external.subject,
              external.html,
              external.sentAt);
      case Files _ -> new Files(others);
      case Post _, TransferTerms _ -> this;
    };
  }

  /** A cheap estimate: if true, it has at most so many characters; if false, measure it. */
  default boolean isPlainlyShorterThan(int characters) {
    return switch (this) {
      case Message message -> message.attachments.isEmpty() && length(message.body) <= characters;
      case External external ->
          external.message.attachments.isEmpty()
              && length(external.message.body) + length(external.subject) + length(external.html)
                  <= characters;
      case Files _, Post _ -> false;
      case TransferTerms _ -> true;
    };
  }

  private static int length(Optional<String> text) {
    return text.isPresent() ? text.get().length() : 0;
  }

  /** Writes the fields of an item that hold this content. */
  default void writeFields(JsonGenerator json) throws IOException {
    switch (this) {
      case Message message -> {
        write(json, "body", message.body);
        writeAttachments(json, message.attachments);
      }
      case External external -> {
        write(json, "body", external.message.body);
        write(json, "subject", external.subject);
        write(json, "html", external.html);
        write(json, "sent_at", external.sentAt.map(Times::text));
        writeAttachments(json, external.message.attachments);
      }
      case Files files -> writeAttachments(json, files.attachments);
      case Post post -> {
        json.writeObjectFieldStart("post");
        write(json, "platform", post.platform);
        json.writeStringField("url", post.url);
        write(json, "title", post.title);
        write(json, "caption", post.caption);
        json.writeEndObject();
      }
      case TransferTerms _ -> {
        // the transfer writes its terms together with its state
      }
    }
  }

  private static void writeAttachments(JsonGenerator json, List<Attachment> attachments)
      throws IOException {
    if (!attachments.isEmpty()) {
      json.writeArrayFieldStart("attachments");
      for (Attachment attachment : attachments) {
        attachment.writeTo(json);
      }
      json.writeEndArray();
    }
  }

  private static void write(JsonGenerator json, String name, Optional<String> text)
      throws IOException {
    if (text.isPresent()) {
      json.writeStringField(name, text.get());
    }
  }
}
