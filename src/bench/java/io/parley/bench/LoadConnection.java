package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A keep-alive connection that reads only the status and the length of an answer. Confined to its
 * event loop.
 */
final class LoadConnection extends ByteToMessageDecoder {
  private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

  private final MeasuredRound round;
  private final int number;
  private @Nullable ChannelHandlerContext context;
  private boolean asked;
  private long due;
  private int status;
  private int length = -1;

  LoadConnection(MeasuredRound round, int number) {
    this.round = round;
    this.number = number;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    context = active;
    round.connected(this);
  }

  void execute(Runnable task) {
    active().executor().execute(task);
  }

  /** Sends the next request, which was due at that nanosecond. */
  void ask(long at) {
    due = at;
    asked = true;
    var _ = active().writeAndFlush(round.traffic().next(number), active().voidPromise());
  }

  void close() {
    asked = false;
    var _ = active().close();
  }

  @Override
  protected void decode(ChannelHandlerContext active, ByteBuf in, List<Object> out) {
    if (length < 0 && !readHead(in)) {
      return;
    }
    if (in.readableBytes() < length) {
      return;
    }
    ByteBuf body = in.readSlice(length);
    length = -1;
    asked = false;
    round.answered(this, number, status, due, body);
  }

  /** Whether the head was all there; then it is read, and the status and length are known. */
  private boolean readHead(ByteBuf in) {
    int start = in.readerIndex();
    int found = -1;
    for (int line = start; ; ) {
      int end = in.indexOf(line, in.writerIndex(), (byte) '\n');
      if (end < 0) {
        return false;
      }
      if (end - line <= 1) {
        status = number(in, start + 9);
        length = found;
        in.readerIndex(end + 1);
        break;
      }
      if (isLength(in, line, end)) {
        found = number(in, line + LENGTH.length);
      }
      line = end + 1;
    }
    if (length < 0) {
      throw new IllegalStateException("an answer without content-length");
    }
    return true;
  }

  private static boolean isLength(ByteBuf in, int line, int end) {
    if (end - line < LENGTH.length) {
      return false;
    }
    for (int i = 0; i < LENGTH.length; i++) {
      if ((in.getByte(line + i) | 0x20) != (LENGTH[i] | 0x20)) {
        return false;
      }
    }
    return true;
  }

  private static int number(ByteBuf in, int from) {
    int at = from;
    while (in.getByte(at) == ' ') {
      at++;
    }
    int number = 0;
    for (byte digit = in.getByte(at); digit >= '0' && digit <= '9'; digit = in.getByte(++at)) {
      number = number * 10 + digit - '0';
    }
    return number;
  }

  @Override
  public void channelInactive(ChannelHandlerContext gone) {
    if (asked) {
      round.fail(new IOException("a connection was closed before its answer"));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext active, Throwable cause) {
    round.fail(cause.getCause() == null ? cause : cause.getCause());
    close();
  }

  private ChannelHandlerContext active() {
    if (context == null) {
      throw new IllegalStateException("not connected");
    }
    return context;
  }
}
