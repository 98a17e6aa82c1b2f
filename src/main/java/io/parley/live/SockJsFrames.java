package io.parley.live;

import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** SockJS' own frames: an opening, messages, a sign of life, an end. */
final class SockJsFrames {
  static final byte[] OPEN = {'o'};
  static final byte[] BEAT = {'h'};

  private SockJsFrames() {}

  /** One frame of these messages, each a string in JSON. */
  static byte[] messages(byte[]... quoted) {
    return messages(List.of(quoted));
  }

  static byte[] messages(List<byte[]> quoted) {
    int length = 2 + quoted.size();
    for (byte[] each : quoted) {
      length += each.length;
    }
    Buffer frame = Buffer.buffer(length).appendString("a[");
    for (int i = 0; i < quoted.size(); i++) {
      if (i > 0) {
        frame.appendByte((byte) ',');
      }
      frame.appendBytes(quoted.get(i));
    }
    return frame.appendByte((byte) ']').getBytes();
  }

  /** A text in UTF-8 as a string in JSON. */
  static byte[] quoted(byte[] text) {
    String string = new String(text, StandardCharsets.UTF_8);
    return JsonBytes.of(json -> json.writeString(string)).getBytes();
  }

  static byte[] close(int code, String reason) {
    return ("c[" + code + ",\"" + reason + "\"]").getBytes(StandardCharsets.UTF_8);
  }

  /** The messages a client sent together. */
  static List<byte[]> read(byte[] text) throws MalformedText {
    Object sent = StrictJson.parse(Buffer.buffer(text));
    List<byte[]> messages = new ArrayList<>();
    for (Object each : sent instanceof List<?> list ? list : List.of(sent == null ? 0 : sent)) {
      if (!(each instanceof String message)) {
        throw new MalformedText("messages come as a list of strings");
      }
      messages.add(message.getBytes(StandardCharsets.UTF_8));
    }
    return messages;
  }

  /** Hands on what a client sent together; what cannot be read is told, and no end of it all. */
  static void read(byte[] text, Session connection) {
    if (text.length == 0) {
      return;
    }
    try {
      read(text).forEach(connection::frame);
    } catch (MalformedText malformed) {
      connection.malformed(malformed.reason());
    }
  }
}
