package io.parley.live.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;

/** Puts a {@link WebSocketTransport} in the place of the framework's own connection. */
public final class WebSocketPipeline {
  private static final int SEND_BUFFER = 64 * 1024;

  private WebSocketPipeline() {}

  /**
   * Stops reading until {@link WebSocketTransport#open}: the client may send as soon as it has seen
   * the 101 response, and no handler of ours would be there yet.
   */
  public static void pauseReads(NetSocket socket) {
    context(socket).channel().config().setAutoRead(false);
  }

  /** Installs {@code transport} and removes the framework's handler; reads stay paused. */
  public static void install(NetSocket socket, WebSocketTransport transport) {
    ChannelHandlerContext last = context(socket);
    last.channel().config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER);
    last.pipeline()
        .addBefore(last.name(), null, new WebSocket13FrameDecoder(decoderConfig()))
        .addBefore(last.name(), null, transport);
    // let the framework believe that the connection closed: its state per connection is larger
    // than all of ours
    last.pipeline().context(transport).fireChannelInactive();
    last.pipeline().remove(last.name());
  }

  private static WebSocketDecoderConfig decoderConfig() {
    return WebSocketDecoderConfig.newBuilder()
        .expectMaskedFrames(true)
        .maxFramePayloadLength(WebSocketTransport.MAX_MESSAGE)
        .closeOnProtocolViolation(false)
        .withUTF8Validator(false)
        .build();
  }

  private static ChannelHandlerContext context(NetSocket socket) {
    return ((NetSocketInternal) socket).channelHandlerContext();
  }
}
