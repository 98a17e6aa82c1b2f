package io.parley.live.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.parley.json.JsonBytes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One event on its way to many sockets. Encoded at most once per kind of transport, when the first
 * recipient needs it; recipients share the bytes. Its creator releases it after the last delivery.
 * Confined to one event loop.
 */
public final class SharedFrame {
  private static final byte[] HEAD =
      "{\"type\":\"rec\",\"address\":\"inbox\",\"body\":".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TAIL = {'}'};

  private final byte[] event;
  private @Nullable ByteBuf webSocket;
  private @Nullable ByteBuf sockJs;
  private byte @Nullable [] message;

  public SharedFrame(byte[] event) {
    this.event = event;
  }

  /** The event's JSON. */
  public byte[] event() {
    return event;
  }

  /** A WebSocket frame, which the caller releases. */
  public ByteBuf webSocketFrame(ByteBufAllocator memory) {
    if (webSocket == null) {
      webSocket = WebSocketFrames.text(memory, HEAD, event, TAIL);
    }
    return webSocket.retainedDuplicate();
  }

  /** A WebSocket frame that carries a SockJS frame; the caller releases it. */
  public ByteBuf sockJsFrame(ByteBufAllocator memory) {
    if (sockJs == null) {
      sockJs = WebSocketFrames.text(memory, SockJsFrames.messages(sockJsMessage()));
    }
    return sockJs.retainedDuplicate();
  }

  /** The bridge frame as a JSON string, as SockJS carries messages. */
  public byte[] sockJsMessage() {
    if (message == null) {
      String head = new String(HEAD, StandardCharsets.UTF_8);
      String text = head + new String(event, StandardCharsets.UTF_8) + "}";
      message = JsonBytes.of(json -> json.writeString(text)).getBytes();
    }
    return message;
  }

  public void release() {
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
