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
import java.util.UUID;

/** What an author says in one item. */
public record Content(
    ItemType type, Optional<String> body, List<Attachment> attachments, Optional<Post> post) {

  /** A message that is text and nothing else. */
  public static Content text(String body) {
    return new Content(ItemType.MESSAGE, Optional.of(body), List.of(), Optional.empty());
  }

  /** The fields of the item that hold this, the body apart. */
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

  /** What is not body, as it is kept; nothing for a plain text. */
  public Optional<String> payload() {
    return attachments.isEmpty() && post.isEmpty()
        ? Optional.empty()
        : Optional.of(JsonBytes.object(this::writeTo).toString());
  }

  /** Tells this request from any other under the same key. */
  public UUID fingerprint() {
    return hash(type.text() + "\u0000" + body.orElse("") + "\u0000" + payload().orElse(""));
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
