package io.parley.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.parley.identity.ClientAddress;
import io.parley.settings.ProxySettings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the public port: who is at its other end, and how far its request, the body of
 * that request and the answer have got. Times are in milliseconds of a monotonic clock. Confined to
 * its event loop.
 */
final class ClientConnection {
  private final HttpConnection connection;
  private final ClientAddress peer;
  private final ClientAddress neighbour;
  private final boolean fromProxy;
  private final boolean fromTrustedProxy;
  private long quietSince;
  private int underWay;
  private long bodySince;
  private final List<Runnable> releases = new ArrayList<>(1);
  private long stuckSince;
  private long pendingBytes;
  private long writtenOfCurrent;

  ClientConnection(HttpConnection connection, ProxySettings proxies, long now) {
    this.connection = connection;
    this.neighbour = address(connection.remoteAddress(true));
    this.peer = address(connection.remoteAddress());
    this.fromProxy = !peer.equals(neighbour);
    this.fromTrustedProxy = proxies.trusts(peer.address());
    this.quietSince = now;
  }

  static ClientAddress address(@Nullable SocketAddress address) {
    String text = address == null ? null : address.hostAddress();
    return text == null ? ClientAddress.LOCAL : ClientAddress.of(text).orElse(ClientAddress.LOCAL);
  }

  /** The other end, or what a header of the PROXY protocol says it is. */
  ClientAddress peer() {
    return peer;
  }

  /** The other end of the TCP connection. */
  ClientAddress neighbour() {
    return neighbour;
  }

  /** Whether a header of the PROXY protocol names another address than the neighbour's. */
  boolean fromProxy() {
    return fromProxy;
  }

  /** Whether the peer is a proxy whose headers count. */
  boolean fromTrustedProxy() {
    return fromTrustedProxy;
  }

  void began(boolean withBody, long now) {
    underWay++;
    bodySince = withBody ? now : 0;
  }

  /** Runs {@code release} when the answer, or the connection, has ended. */
  void whenEnded(Runnable release) {
    releases.add(release);
  }

  void bodyRead() {
    bodySince = 0;
  }

  void ended(long now) {
    underWay--;
    bodySince = 0;
    quietSince = now;
    release();
  }

  void release() {
    releases.forEach(Runnable::run);
    releases.clear();
  }

  boolean isIdle(long now, long most) {
    return underWay == 0 && pendingBytes == 0 && now - quietSince > most;
  }

  boolean isSlowToSend(long now, long most) {
    return bodySince > 0 && now - bodySince > most;
  }

  /** Whether there is something to read for the client, and it has taken nothing for that long. */
  boolean isSlowToRead(long now, long most) {
    ChannelOutboundBuffer out = channel().unsafe().outboundBuffer();
    long pending = out == null ? 0 : out.totalPendingWriteBytes();
    long written = out == null ? 0 : out.currentProgress();
    if (pending == 0 || pending != pendingBytes || written != writtenOfCurrent) {
      pendingBytes = pending;
      writtenOfCurrent = written;
      stuckSince = now;
      if (pending > 0) {
        // an answer that has ended may still be on its way
        quietSince = now;
      }
      return false;
    }
    return now - stuckSince > most;
  }

  private static void dropUnsent(Channel channel) {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (ChannelException closedMeanwhile) {
      // nothing is left to be dropped
    }
  }

  private Channel channel() {
    return ((ConnectionBase) connection).channel();
  }

  /**
   * Closes the connection without waiting for what is still to be written: its client may never
   * take it. What the kernel holds for the client is dropped, too.
   */
  void abort() {
    Channel channel = channel();
    if (pendingBytes > 0) {
      dropUnsent(channel);
    }
    // past the framework's handler, which would wait for the writes
    channel.unsafe().close(channel.voidPromise());
  }
}
