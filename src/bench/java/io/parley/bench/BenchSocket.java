package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client with minimal cost: reads frames by their lengths and masks with zeros.
 * Confined to its event loop.
 */
final class BenchSocket extends ByteToMessageDecoder {
  /** What becomes of it. */
  interface Heard {
    void opened(BenchSocket ear);

    /** {@code payload} is only lent. */
    void frame(BenchSocket ear, ByteBuf payload);

    void ended(BenchSocket ear);

    /** It was not let in, or thrown out. */
    default void failed(BenchSocket ear, String why) {
      System.out.println("  a socket failed: " + why);
    }
  }

  private static final int CLOSE = 8;
  private static final int PING = 9;

  private final Heard heard;
  private final String request;
  final int number;
  private @Nullable ChannelHandlerContext context;
  private boolean upgraded;
  private boolean closed;
  private boolean failed;

  /** How many messages it has heard. */
  long count;

  /** What its kernel may take for it, in bytes; 0 leaves that to the kernel. */
  int receiveBuffer;

  /** Whatever its scenario has to remember. */
  @Nullable Object note;

  BenchSocket(int number, String path, String headers, Heard heard) {
    this.number = number;
    this.heard = heard;
    this.request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + headers
            + "\r\n";
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    ByteBuf head = active.alloc().buffer(request.length());
    head.writeCharSequence(request, StandardCharsets.US_ASCII);
    var _ = active.writeAndFlush(head, active.voidPromise());
  }

  /** A text frame of the client. */
  void say(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteBuf frame = active().alloc().buffer(payload.length + 14);
    frame.writeByte(0x81);
    if (payload.length <= 125) {
      frame.writeByte(0x80 | payload.length);
    } else {
      frame.writeByte(0x80 | 126).writeShort(payload.length);
    }
    frame.writeInt(0).writeBytes(payload);
    var _ = active().writeAndFlush(frame, active().voidPromise());
  }

  void execute(Runnable task) {
    active().executor().execute(task);
  }

  void close() {
    closed = true;
    var _ = active().close();
  }

  /** Once, and not when we ended it ourselves. */
  void fail(String why) {
    if (!failed && !closed) {
      failed = true;
      heard.failed(this, why);
    }
  }

  /** Whether to read on. */
  void listen(boolean on) {
    active().channel().config().setAutoRead(on);
  }

  @Override
  protected void decode(ChannelHandlerContext active, ByteBuf in, List<Object> out) {
    if (!upgraded) {
      upgrade(in);
      return;
    }
    int start = in.readerIndex();
    int readable = in.readableBytes();
    if (readable < 2) {
      return;
    }
    int opcode = in.getByte(start) & 0xF;
    int length = in.getByte(start + 1) & 0x7F;
    int head = 2;
    if (length == 126) {
      head = 4;
      length = readable < head ? Integer.MAX_VALUE : in.getUnsignedShort(start + 2);
    } else if (length == 127) {
      head = 10;
      length = readable < head ? Integer.MAX_VALUE : (int) in.getLong(start + 2);
    }
    if (readable - head < length) {
      return;
    }
    in.skipBytes(head);
    ByteBuf payload = in.readSlice(length);
    if (opcode <= 2) {
      heard.frame(this, payload);
    } else if (opcode == PING) {
      var _ =
          active.writeAndFlush(
              active.alloc().buffer(6).writeByte(0x8A).writeByte(0x80).writeInt(0),
              active.voidPromise());
    } else if (opcode == CLOSE && !closed) {
      fail(
          "closed with "
              + (length < 2 ? "no code" : payload.getUnsignedShort(payload.readerIndex())));
      close();
    }
  }

  private void upgrade(ByteBuf in) {
    String head = in.toString(StandardCharsets.US_ASCII);
    int end = head.indexOf("\r\n\r\n");
    if (end < 0) {
      return;
    }
    if (!head.startsWith("HTTP/1.1 101")) {
      in.skipBytes(in.readableBytes());
      fail(head.lines().findFirst().orElse(""));
      close();
      return;
    }
    in.skipBytes(end + 4);
    upgraded = true;
    heard.opened(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext gone) {
    fail("ended");
    heard.ended(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext active, Throwable cause) {
    fail(String.valueOf(cause));
    var _ = active.close();
  }

  private ChannelHandlerContext active() {
    if (context == null) {
      throw new IllegalStateException("not connected");
    }
    return context;
  }
}
