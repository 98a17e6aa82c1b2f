package io.parley.live;

import io.parley.api.Answer;
import io.parley.api.Problem;
import io.parley.json.JsonBytes;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What the bridge says to one client. */
final class Frames {
  static final byte[] PONG = "{\"type\":\"pong\"}".getBytes(StandardCharsets.UTF_8);
  private static final String FAILURE = "RECIPIENT_FAILURE";

  private Frames() {}

  /** What an operation answered. */
  static byte[] reply(String address, Answer answer) {
    return switch (answer) {
      case Answer.Done done -> done(address, done);
      case Problem problem -> error(Optional.of(address), problem);
    };
  }

  private static byte[] done(String address, Answer.Done done) {
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
    return with(head, "body", done.body().length() == 0 ? Buffer.buffer("null") : done.body());
  }

  /** What stood in the way of something sent to {@code address}. */
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
    return with(head, "problem", problem.body());
  }

  /** For addresses that are not there, and for speaking to everybody. */
  static byte[] denied(String address) {
    return JsonBytes.object(
            json -> {
              json.writeStringField("type", "err");
              json.writeStringField("address", address);
              json.writeStringField("body", "access_denied");
            })
        .getBytes();
  }

  private static byte[] with(Buffer object, String name, Buffer value) {
    return Buffer.buffer(object.length() + value.length() + name.length() + 5)
        .appendBuffer(object, 0, object.length() - 1)
        .appendString(",\"" + name + "\":")
        .appendBuffer(value)
        .appendByte((byte) '}')
        .getBytes();
  }
}
