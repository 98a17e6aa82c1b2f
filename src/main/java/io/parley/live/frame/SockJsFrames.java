package io.parley.live.frame;

import io.parley.json.JsonBytes;
import io.parley.json.MalformedText;
import io.parley.json.StrictJson;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The frames of SockJS (protocol 0.3.3): open, messages, heartbeat, close. */
public final class SockJsFrames {
  private static final int MAX_MESSAGES = 4_096;

  private SockJsFrames() {}

  public static byte[] open() {
    return new byte[] {'o'};
  }

  public static byte[] heartbeat() {
    return new byte[] {'h'};
  }

  /** One frame with these messages, each of them a JSON string. */
  public static byte[] messages(byte[]... quoted) {
    return messages(List.of(quoted));
  }

  public static byte[] messages(List<byte[]> quoted) {
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

  /** UTF-8 text as a JSON string. */
  public static byte[] quoted(byte[] text) {
    String string = new String(text, StandardCharsets.UTF_8);
    return JsonBytes.of(json -> json.writeString(string)).getBytes();
  }

  public static byte[] close(int code, String reason) {
    return ("c[" + code + ",\"" + reason + "\"]").getBytes(StandardCharsets.UTF_8);
  }

  /** The messages that a client sent in one frame or request: a list of strings, or one string. */
  public static List<byte[]> parse(byte[] text) throws MalformedText {
    if (isLongList(text)) {
      throw new MalformedText("a SockJS frame must have at most " + MAX_MESSAGES + " messages");
    }
    Object sent = StrictJson.parse(Buffer.buffer(text));
    List<byte[]> messages = new ArrayList<>();
    for (Object each : sent instanceof List<?> list ? list : List.of(sent == null ? 0 : sent)) {
      if (!(each instanceof String message)) {
        throw new MalformedText("a SockJS frame must be a list of strings");
      }
      messages.add(message.getBytes(StandardCharsets.UTF_8));
    }
    return messages;
  }

  // before a list of a few hundred thousand strings is made
  private static boolean isLongList(byte[] text) {
    int quotes = 0;
    boolean escaped = false;
    for (byte each : text) {
      if (escaped) {
        escaped = false;
      } else if (each == '\\') {
        escaped = true;
      } else if (each == '"') {
        quotes++;
      }
    }
    return quotes > 2 * MAX_MESSAGES;
  }
}
