package io.parley.live.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** The frames that a WebSocket server writes (RFC 6455, section 5.2). */
public final class WebSocketFrames {
  private static final int FINAL_TEXT = 0x81;
  private static final int FINAL_CLOSE = 0x88;
  private static final int FINAL_PING = 0x89;
  private static final int FINAL_PONG = 0x8A;
  private static final int MAX_SHORT_LENGTH = 125;
  private static final int MAX_MEDIUM_LENGTH = 0xFFFF;
  private static final int MEDIUM_LENGTH_FOLLOWS = 126;
  private static final int LONG_LENGTH_FOLLOWS = 127;
  private static final int MAX_HEADER = 10;
  private static final int MAX_REASON = 120;

  private WebSocketFrames() {}

  /** One text message made of these parts. */
  public static ByteBuf text(ByteBufAllocator memory, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuf frame = memory.directBuffer(length + MAX_HEADER);
    frame.writeByte(FINAL_TEXT);
    if (length <= MAX_SHORT_LENGTH) {
      frame.writeByte(length);
    } else if (length <= MAX_MEDIUM_LENGTH) {
      frame.writeByte(MEDIUM_LENGTH_FOLLOWS).writeShort(length);
    } else {
      frame.writeByte(LONG_LENGTH_FOLLOWS).writeLong(length);
    }
    for (byte[] part : parts) {
      frame.writeBytes(part);
    }
    return frame;
  }

  public static ByteBuf ping(ByteBufAllocator memory) {
    return memory.directBuffer(2).writeByte(FINAL_PING).writeByte(0);
  }

  /** Answers a ping with its own payload. */
  public static ByteBuf pong(ByteBufAllocator memory, ByteBuf payload) {
    return memory
        .directBuffer(2 + payload.readableBytes())
        .writeByte(FINAL_PONG)
        .writeByte(payload.readableBytes())
        .writeBytes(payload, payload.readerIndex(), payload.readableBytes());
  }

  public static ByteBuf close(ByteBufAllocator memory, int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
    int length = Math.min(text.length, MAX_REASON);
    return memory
        .directBuffer(4 + length)
        .writeByte(FINAL_CLOSE)
        .writeByte(2 + length)
        .writeShort(code)
        .writeBytes(text, 0, length);
  }
}
