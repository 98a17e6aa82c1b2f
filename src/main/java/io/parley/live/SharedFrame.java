package io.parley.live;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.parley.json.JsonBytes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to many sockets: encoded once for each kind of wire, when the first needs
 * it. Whoever made it releases it.
 */
final class SharedFrame {
  private static final byte[] HEAD =
      "{\"type\":\"rec\",\"address\":\"inbox\",\"body\":".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TAIL = {'}'};

  private final byte[] event;
  private @Nullable ByteBuf webSocket;
  private @Nullable ByteBuf sockJs;
  private byte @Nullable [] message;

  SharedFrame(byte[] event) {
    this.event = event;
  }

  byte[] event() {
    return event;
  }

  /** A WebSocket frame; the reader's to release. */
  ByteBuf webSocketFrame(ByteBufAllocator memory) {
    if (webSocket == null) {
      webSocket = WebSocketFrames.text(memory, HEAD, event, TAIL);
    }
    return webSocket.retainedDuplicate();
  }

  /** A WebSocket frame with a SockJS frame in it; the reader's to release. */
  ByteBuf sockJsFrame(ByteBufAllocator memory) {
    if (sockJs == null) {
      sockJs = WebSocketFrames.text(memory, SockJsFrames.messages(sockJsMessage()));
    }
    return sockJs.retainedDuplicate();
  }

  /** The frame as a string in JSON, as SockJS has it. */
  byte[] sockJsMessage() {
    if (message == null) {
      String frame = new String(HEAD, StandardCharsets.UTF_8);
      String text = frame + new String(event, StandardCharsets.UTF_8) + "}";
      message = JsonBytes.of(json -> json.writeString(text)).getBytes();
    }
    return message;
  }

  void release() {
    if (webSocket != null) {
      webSocket.release();
      webSocket = null;
    }
    if (sockJs != null) {
      sockJs.release();
      sockJs = null;
    }
  }
}
