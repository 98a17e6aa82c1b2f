package io.parley.live.session;

import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A frame of the bridge protocol as a client sent it; its members are checked when read. */
record ClientFrame(Map<?, ?> members) {

  static ClientFrame parse(byte[] text) throws MalformedText {
    if (StrictJson.parse(Buffer.buffer(text)) instanceof Map<?, ?> members) {
      return new ClientFrame(members);
    }
    throw new MalformedText("a frame must be a JSON object");
  }

  String type() throws MalformedText {
    return text("type").orElse("");
  }

  /** Empty when missing. */
  String address() throws MalformedText {
    return text("address").orElse("");
  }

  Optional<String> replyAddress() throws MalformedText {
    return text("replyAddress");
  }

  Map<String, @Nullable Object> body() throws MalformedText {
    return object("body");
  }

  Map<String, @Nullable Object> headers() throws MalformedText {
    return object("headers");
  }

  private Optional<String> text(String name) throws MalformedText {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case String text when text.length() <= BridgeFrames.MAX_ADDRESS -> Optional.of(text);
      default ->
          throw new MalformedText(
              name + " must be text of at most " + BridgeFrames.MAX_ADDRESS + " characters");
    };
  }

  @SuppressWarnings("unchecked")
  private Map<String, @Nullable Object> object(String name) throws MalformedText {
    return switch (members.get(name)) {
      case null -> new LinkedHashMap<>();
      case Map<?, ?> object -> (Map<String, @Nullable Object>) object;
      default -> throw new MalformedText(name + " must be an object");
    };
  }
}
