package io.parley.live;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** What a server writes on a WebSocket, as bytes (RFC 6455). */
final class WebSocketFrames {
  private static final int LAST_TEXT = 0x81;
  private static final int LAST_CLOSE = 0x88;
  private static final int LAST_PING = 0x89;
  private static final int LAST_PONG = 0x8A;
  private static final int SHORT = 125;
  private static final int MEDIUM = 0xFFFF;
  private static final int MEDIUM_MARK = 126;
  private static final int LONG_MARK = 127;
  private static final int MOST_REASON = 120;

  private WebSocketFrames() {}

  /** One text message of these parts. */
  static ByteBuf text(ByteBufAllocator memory, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuf frame = memory.directBuffer(length + 10);
    frame.writeByte(LAST_TEXT);
    if (length <= SHORT) {
      frame.writeByte(length);
    } else if (length <= MEDIUM) {
      frame.writeByte(MEDIUM_MARK).writeShort(length);
    } else {
      frame.writeByte(LONG_MARK).writeLong(length);
    }
    for (byte[] part : parts) {
      frame.writeBytes(part);
    }
    return frame;
  }

  static ByteBuf ping(ByteBufAllocator memory) {
    return memory.directBuffer(2).writeByte(LAST_PING).writeByte(0);
  }

  /** Says back what came with a ping. */
  static ByteBuf pong(ByteBufAllocator memory, ByteBuf said) {
    return memory
        .directBuffer(2 + said.readableBytes())
        .writeByte(LAST_PONG)
        .writeByte(said.readableBytes())
        .writeBytes(said, said.readerIndex(), said.readableBytes());
  }

  static ByteBuf close(ByteBufAllocator memory, int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
    int length = Math.min(text.length, MOST_REASON);
    return memory
        .directBuffer(4 + length)
        .writeByte(LAST_CLOSE)
        .writeByte(2 + length)
        .writeShort(code)
        .writeBytes(text, 0, length);
  }
}
