package io.parley.live.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.parley.live.frame.CloseCode;
import io.parley.live.frame.SharedFrame;
import io.parley.live.frame.SockJsFrames;
import io.parley.live.frame.WebSocketFrames;
import io.parley.live.loop.VertxLoop;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket as a Netty handler. It replaces the framework's WebSocket because events must be
 * framed once and shared, writing and flushing must be separate, and the backlog of a client must
 * be known to the byte.
 */
public final class WebSocketTransport extends ChannelInboundHandlerAdapter implements Transport {
  /** The size limit of a message from a client, in bytes. */
  public static final int MAX_MESSAGE = 64 * 1024;

  private static final long CLOSE_GRACE_MS = 2_000;

  private final VertxLoop loop;
  private final FlushQueue flushes;
  private final WebSocketEncoding encoding;
  private final Runnable onClosed;
  private @Nullable ChannelHandlerContext context;
  private @Nullable TransportEvents events;
  private @Nullable FragmentedMessage fragments;
  private @Nullable Object firstPending;
  private long firstPendingProgress;
  private final UnreadReplies replies = new UnreadReplies();
  private boolean pausedBySession;
  private boolean pausedByReplies;
  private boolean queued;
  private boolean closing;

  /** {@code onClosed} runs once, when the channel has closed. */
  public WebSocketTransport(
      VertxLoop loop, FlushQueue flushes, WebSocketEncoding encoding, Runnable onClosed) {
    this.loop = loop;
    this.flushes = flushes;
    this.encoding = encoding;
    this.onClosed = onClosed;
  }

  /** Begins to read, and to report to {@code listener}. */
  public void open(TransportEvents listener) {
    events = listener;
    writeSockJs(SockJsFrames.open());
    channel().config().setAutoRead(true);
    channel().read();
    if (!channel().isActive()) {
      channel().close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext known = context;
    if (known == null) {
      throw new IllegalStateException("not in a pipeline yet");
    }
    return known;
  }

  private Channel channel() {
    return context().channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof WebSocketFrame frame && events != null && !closing) {
        read(frame, events);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // ends here: no later handler has read anything
  }

  private void read(WebSocketFrame frame, TransportEvents listener) {
    listener.alive();
    switch (frame) {
      case CloseWebSocketFrame close -> {
        int code = close.statusCode();
        end(code < 0 ? CloseCode.NORMAL : code, "");
      }
      case PingWebSocketFrame ping ->
          writeReply(WebSocketFrames.pong(channel().alloc(), ping.content()));
      case PongWebSocketFrame pong -> {}
      default -> readMessage(frame, listener);
    }
  }

  private void readMessage(WebSocketFrame frame, TransportEvents listener) {
    FragmentedMessage known = fragments;
    if (known == null && frame.isFinalFragment()) {
      dispatch(frame.content(), listener);
      return;
    }
    FragmentedMessage message = known == null ? new FragmentedMessage(MAX_MESSAGE) : known;
    fragments = message;
    if (!message.add(frame.content())) {
      close(CloseCode.TOO_LARGE, "too large");
    } else if (frame.isFinalFragment()) {
      fragments = null;
      dispatch(message.content(), listener);
    }
  }

  private void dispatch(ByteBuf content, TransportEvents listener) {
    byte[] text = new byte[content.readableBytes()];
    content.readBytes(text);
    loop.context().dispatch(text, message -> encoding.read(message, listener));
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
    fragments = null;
    if (events != null) {
      loop.context().dispatch(events, TransportEvents::ended);
    }
    onClosed.run();
    ctx.fireChannelInactive();
  }

  @Override
  public void send(SharedFrame event) {
    if (!closing) {
      ChannelHandlerContext to = context();
      to.write(encoding.event(event, to.alloc()), to.voidPromise());
      flushLater();
    }
  }

  @Override
  public void send(byte[] frame) {
    writeReply(encoding.reply(frame, channel().alloc()));
  }

  /** Writes a frame that SockJS has in addition to what travels in its messages. */
  private void writeSockJs(byte[] frame) {
    if (encoding == WebSocketEncoding.SOCK_JS) {
      writeReply(WebSocketFrames.text(channel().alloc(), frame));
    }
  }

  /** Writes what does not count as backlog: the client asked for it. */
  private void writeReply(ByteBuf frame) {
    if (closing) {
      frame.release();
      return;
    }
    int length = frame.readableBytes();
    replies.add(length);
    context().write(frame).addListener(written -> replyWritten(length));
    flushLater();
  }

  private void replyWritten(int length) {
    if (replies.remove(length) && events != null && !closing) {
      loop.context().dispatch(events, TransportEvents::repliesTaken);
    }
    if (replies.bytes() == 0 && pausedByReplies) {
      pausedByReplies = false;
      updateReading();
    }
  }

  private void flushLater() {
    if (!queued) {
      queued = true;
      flushes.add(this);
    }
  }

  @Override
  public void flush() {
    queued = false;
    context().flush();
    if (replies.bytes() > 0 && !pausedByReplies && !closing) {
      // back-pressure: a client that does not read its replies gets no further requests in
      pausedByReplies = true;
      updateReading();
    }
  }

  @Override
  public long backlog() {
    ChannelOutboundBuffer pending = channel().unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes() - replies.bytes();
  }

  @Override
  public boolean hasTooManyReplies() {
    return replies.areTooMany();
  }

  @Override
  public boolean isStuck() {
    ChannelOutboundBuffer pending = channel().unsafe().outboundBuffer();
    Object first = pending == null ? null : pending.current();
    long progress = pending == null ? 0 : pending.currentProgress();
    boolean stuck = first != null && first == firstPending && progress == firstPendingProgress;
    firstPending = first;
    firstPendingProgress = progress;
    return stuck;
  }

  @Override
  public void setReading(boolean on) {
    pausedBySession = !on;
    updateReading();
  }

  private void updateReading() {
    channel().config().setAutoRead(!pausedBySession && !pausedByReplies);
  }

  @Override
  public void ping() {
    writeSockJs(SockJsFrames.heartbeat());
    writeReply(WebSocketFrames.ping(channel().alloc()));
  }

  @Override
  public void close(int code, String reason) {
    writeSockJs(SockJsFrames.close(code, reason));
    end(code, reason);
  }

  // a client that does not read the close frame either loses the connection after the grace period
  private void end(int code, String reason) {
    if (closing) {
      return;
    }
    closing = true;
    boolean reserved = code == CloseCode.NO_STATUS || code == CloseCode.ABNORMAL;
    int sent = reserved ? CloseCode.PROTOCOL_ERROR : code;
    ChannelHandlerContext to = context();
    to.writeAndFlush(WebSocketFrames.close(to.alloc(), sent, reason))
        .addListener(this::closeFrameWritten);
    if (to.channel().isActive()) {
      loop.after(CLOSE_GRACE_MS, to.channel()::close);
    }
    if (events != null) {
      events.ended();
    }
  }

  // keep reading and discarding: closing a connection over unread bytes resets it, and the client
  // would never see the close frame
  private void closeFrameWritten(Future<? super Void> written) {
    if (written.isSuccess() && channel() instanceof DuplexChannel half) {
      half.shutdownOutput();
      half.config().setAutoRead(true);
    } else {
      channel().close();
    }
  }
}
