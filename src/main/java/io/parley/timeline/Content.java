package io.parley.timeline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.parley.json.JsonBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What an author says in one item.
 *
 * @param transfer the terms of a transfer; what became of it is the item's
 * @param replyTo the item of the same conversation that this answers
 * @param mail what goes with it by a channel, told when it is stored; an item read back shows it
 */
public record Content(
    ItemType type,
    Optional<String> body,
    List<Attachment> attachments,
    Optional<Post> post,
    Optional<Transfer.Terms> transfer,
    OptionalLong replyTo,
    Optional<ExternalContent> mail) {

  /** What answers nothing and moves no money. */
  public Content(
      ItemType type, Optional<String> body, List<Attachment> attachments, Optional<Post> post) {
    this(type, body, attachments, post, Optional.empty(), OptionalLong.empty(), Optional.empty());
  }

  /** A message that is text and nothing else. */
  public static Content text(String body) {
    return new Content(ItemType.MESSAGE, Optional.of(body), List.of(), Optional.empty());
  }

  /** The beginning of a transfer. */
  public static Content transfer(Transfer.Terms terms) {
    return new Content(
        ItemType.TRANSFER,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.of(terms),
        OptionalLong.empty(),
        Optional.empty());
  }

  /** The same, as an answer to an item. */
  public Content inReplyTo(OptionalLong seq) {
    return new Content(type, body, attachments, post, transfer, seq, mail);
  }

  /** The same with these attachments. */
  public Content with(List<Attachment> others) {
    return new Content(type, body, others, post, transfer, replyTo, mail);
  }

  /** A message that goes by a channel, or came by one. */
  public static Content mail(
      Optional<String> body, List<Attachment> attachments, ExternalContent mail) {
    return new Content(
        ItemType.MESSAGE,
        body,
        attachments,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Optional.of(mail));
  }

  /** The fields of the item that hold this; the body, the transfer and the reply apart. */
  void writeTo(JsonGenerator json) throws IOException {
    if (!attachments.isEmpty()) {
      json.writeArrayFieldStart("attachments");
      for (Attachment attachment : attachments) {
        attachment.writeTo(json);
      }
      json.writeEndArray();
    }
    if (post.isPresent()) {
      json.writeFieldName("post");
      post.get().writeTo(json);
    }
  }

  /** What is not body, as the store takes it; nothing for a plain text. */
  public Optional<String> payload() {
    if (transfer.isPresent()) {
      return Optional.of(JsonBytes.object(transfer.get()::writeFields).toString());
    }
    return attachments.isEmpty() && post.isEmpty() && mail.isEmpty()
        ? Optional.empty()
        : Optional.of(JsonBytes.object(this::writePayload).toString());
  }

  private void writePayload(JsonGenerator json) throws IOException {
    writeTo(json);
    if (mail.isPresent()) {
      mail.get().writeTo(json);
    }
  }

  /** Tells this request from any other under the same key. */
  public UUID fingerprint() {
    String answers = replyTo.isPresent() ? "\u0000" + replyTo.getAsLong() : "";
    return hash(
        type.text() + "\u0000" + body.orElse("") + "\u0000" + payload().orElse("") + answers);
  }

  /** 128 bits of SHA-256, shaped as a UUID. */
  public static UUID hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bits = ByteBuffer.wrap(digest);
      return new UUID(bits.getLong(), bits.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
