package io.parley.live;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket without the framework's own: frames for many are framed once and shared, writing and
 * flushing are two things, and what the client does not take is known to the byte.
 */
final class WebSocketTransport extends ChannelInboundHandlerAdapter implements Transport {
  static final int LARGEST = 64 * 1024;
  private static final int PROTOCOL_ERROR = 1002;

  private final SocketLoop desk;
  private final ContextInternal context;
  private final boolean sockJs;
  private final Runnable ended;
  private @Nullable ChannelHandlerContext line;
  private @Nullable Session connection;
  private @Nullable ByteBuf fragments;
  private @Nullable Object stuckAt;
  private long stuckSince;
  private long ownBytes;
  private boolean full;
  private boolean clogged;
  private boolean dirty;
  private boolean closing;

  /** {@code sockJs}: whether frames travel in SockJS' frames. */
  WebSocketTransport(SocketLoop desk, ContextInternal context, boolean sockJs, Runnable ended) {
    this.desk = desk;
    this.context = context;
    this.sockJs = sockJs;
    this.ended = ended;
  }

  void open(Session opened) {
    connection = opened;
    if (sockJs) {
      writeOwn(WebSocketFrames.text(channel().alloc(), SockJsFrames.OPEN));
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    line = ctx;
  }

  private ChannelHandlerContext line() {
    ChannelHandlerContext known = line;
    if (known == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return known;
  }

  private Channel channel() {
    return line().channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && connection != null && !closing) {
        read(frame, connection);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // nothing was handed on, so there is nothing to complete
  }

  private void read(WebSocketFrame frame, Session known) {
    known.heard();
    switch (frame) {
      case CloseWebSocketFrame close -> {
        int code = close.statusCode();
        end(code < 0 ? CloseCode.NORMAL : code, "");
      }
      case PingWebSocketFrame ping ->
          writeOwn(WebSocketFrames.pong(channel().alloc(), ping.content()));
      case io.netty.handler.codec.http.websocketx.PongWebSocketFrame pong -> {}
      default -> part(frame, known);
    }
  }

  // a message may come in parts; together they may be as long as one
  private void part(WebSocketFrame frame, Session known) {
    ByteBuf before = fragments;
    if (before == null && frame.isFinalFragment()) {
      whole(frame.content(), known);
      return;
    }
    ByteBuf all = before == null ? Unpooled.buffer(frame.content().readableBytes()) : before;
    fragments = all;
    if (all.readableBytes() + frame.content().readableBytes() > LARGEST) {
      close(CloseCode.TOO_LARGE, "too large");
      return;
    }
    all.writeBytes(frame.content());
    if (frame.isFinalFragment()) {
      fragments = null;
      whole(all, known);
    }
  }

  private void whole(ByteBuf content, Session known) {
    byte[] text = new byte[content.readableBytes()];
    content.readBytes(text);
    if (sockJs) {
      context.dispatch(text, each -> SockJsFrames.read(each, known));
    } else {
      context.dispatch(text, known::frame);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable reason = cause.getCause() == null ? cause : cause.getCause();
    if (reason instanceof CorruptedWebSocketFrameException bad) {
      int code = bad.closeStatus().code();
      end(code, code == CloseCode.TOO_LARGE ? "too large" : "not a WebSocket frame");
    } else if (reason instanceof TooLongFrameException) {
      end(CloseCode.TOO_LARGE, "too large");
    } else {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (fragments != null) {
      fragments.release();
      fragments = null;
    }
    if (connection != null) {
      context.dispatch(connection, Session::gone);
    }
    ended.run();
    ctx.fireChannelInactive();
  }

  @Override
  public void news(SharedFrame news) {
    if (!closing) {
      ChannelHandlerContext to = line();
      to.write(
          sockJs ? news.sockJsFrame(to.alloc()) : news.webSocketFrame(to.alloc()),
          to.voidPromise());
      dirty();
    }
  }

  @Override
  public void frame(byte[] frame) {
    writeOwn(
        sockJs
            ? WebSocketFrames.text(
                channel().alloc(), SockJsFrames.messages(SockJsFrames.quoted(frame)))
            : WebSocketFrames.text(channel().alloc(), frame));
  }

  private void writeOwn(ByteBuf frame) {
    if (closing) {
      frame.release();
      return;
    }
    int length = frame.readableBytes();
    ownBytes += length;
    line()
        .write(frame)
        .addListener(
            written -> {
              ownBytes -= length;
              if (ownBytes == 0 && clogged) {
                clogged = false;
                listen();
              }
            });
    dirty();
  }

  private void dirty() {
    if (!dirty) {
      dirty = true;
      desk.flushLater(this);
    }
  }

  @Override
  public void flush() {
    dirty = false;
    line().flush();
    if (ownBytes > 0 && !clogged && !closing) {
      // whoever does not take our answers need not ask more
      clogged = true;
      listen();
    }
  }

  @Override
  public long backlog() {
    ChannelOutboundBuffer waiting = channel().unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes() - ownBytes;
  }

  @Override
  public boolean isStuck() {
    ChannelOutboundBuffer waiting = channel().unsafe().outboundBuffer();
    Object first = waiting == null ? null : waiting.current();
    long progress = waiting == null ? 0 : waiting.currentProgress();
    boolean stuck = first != null && first == stuckAt && progress == stuckSince;
    stuckAt = first;
    stuckSince = progress;
    return stuck;
  }

  @Override
  public void listen(boolean on) {
    full = !on;
    listen();
  }

  private void listen() {
    channel().config().setAutoRead(!full && !clogged);
  }

  @Override
  public void beat() {
    if (sockJs) {
      writeOwn(WebSocketFrames.text(channel().alloc(), SockJsFrames.BEAT));
    }
    writeOwn(WebSocketFrames.ping(channel().alloc()));
  }

  @Override
  public void close(int code, String reason) {
    if (sockJs && !closing) {
      writeOwn(WebSocketFrames.text(channel().alloc(), SockJsFrames.close(code, reason)));
    }
    end(code, reason);
  }

  // who does not read will not read this either: then the connection just ends
  private void end(int code, String reason) {
    if (closing) {
      return;
    }
    closing = true;
    int said = code == 1005 || code == 1006 ? PROTOCOL_ERROR : code;
    ChannelHandlerContext to = line();
    to.writeAndFlush(WebSocketFrames.close(to.alloc(), said, reason))
        .addListener(this::saidGoodbye);
    if (to.channel().isActive()) {
      desk.endSoon(to.channel()::close);
    }
    Session known = connection;
    if (known != null) {
      known.gone();
    }
  }

  // what it still sends is read into nothing: a connection that is closed over unread bytes is
  // reset, and the client never hears why
  private void saidGoodbye(Future<? super Void> written) {
    if (written.isSuccess() && channel() instanceof DuplexChannel half) {
      half.shutdownOutput();
      half.config().setAutoRead(true);
    } else {
      channel().close();
    }
  }
}
