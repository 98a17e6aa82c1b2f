package io.parley.live.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.parley.api.problem.Answer;
import io.parley.api.problem.Problem;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The frames of the event-bus bridge protocol that answer one client. */
final class BridgeFrames {
  static final byte[] PONG = "{\"type\":\"pong\"}".getBytes(StandardCharsets.UTF_8);
  static final int MAX_ADDRESS = 1_000;
  private static final JsonFactory LENIENT =
      JsonFactory.builder().disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();
  private static final String FAILURE = "RECIPIENT_FAILURE";

  private BridgeFrames() {}

  /** The reply address of a frame that cannot be parsed, if it can be found nevertheless. */
  static Optional<String> replyAddress(byte[] frame) {
    try (JsonParser json = LENIENT.createParser(new String(frame, StandardCharsets.UTF_8))) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = json.currentName().equals("replyAddress");
        if (json.nextToken() == JsonToken.VALUE_STRING && found) {
          return Optional.of(json.getText()).filter(BridgeFrames::isAddress);
        }
        json.skipChildren();
      }
    } catch (IOException broken) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static boolean isAddress(String text) {
    return text.length() <= MAX_ADDRESS && StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /** The outcome of an operation. */
  static byte[] reply(String address, Answer answer) {
    return answer instanceof Problem problem
        ? error(Optional.of(address), problem)
        : done(address, answer);
  }

  private static byte[] done(String address, Answer done) {
    Buffer head =
        JsonBytes.object(
            json -> {
              json.writeStringField("type", "rec");
              json.writeStringField("address", address);
              json.writeObjectFieldStart("headers");
              json.writeStringField("status", Integer.toString(done.status()));
              for (var header : done.headers().entrySet()) {
                json.writeStringField(header.getKey(), header.getValue());
              }
              json.writeEndObject();
            });
    return append(head, "body", done.body().length() == 0 ? Buffer.buffer("null") : done.body());
  }

  /** The failure of a request; {@code address} is where its reply would go. */
  static byte[] error(Optional<String> address, Problem problem) {
    Buffer head =
        JsonBytes.object(
            json -> {
              json.writeStringField("type", "err");
              if (address.isPresent()) {
                json.writeStringField("address", address.get());
              }
              json.writeNumberField("failureCode", problem.status());
              json.writeStringField("failureType", FAILURE);
              json.writeStringField("message", problem.detail());
            });
    return append(head, "problem", problem.body());
  }

  /** Refuses an unknown address, and publishing. */
  static byte[] denied(String address) {
    return JsonBytes.object(
            json -> {
              json.writeStringField("type", "err");
              json.writeStringField("address", address);
              json.writeStringField("body", "access_denied");
            })
        .getBytes();
  }

  private static byte[] append(Buffer object, String name, Buffer value) {
    return Buffer.buffer(object.length() + value.length() + name.length() + 5)
        .appendBuffer(object, 0, object.length() - 1)
        .appendString(",\"" + name + "\":")
        .appendBuffer(value)
        .appendByte((byte) '}')
        .getBytes();
  }
}
