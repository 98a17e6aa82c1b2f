package io.parley.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The event loops of the load's WebSockets. */
final class BenchSockets implements AutoCloseable {
  private static final boolean NATIVE = Epoll.isAvailable();

  /** One address has ports for 28 000 connections, and keeps them for a minute after their end. */
  private static final int ADDRESSES = 8;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          Runtime.getRuntime().availableProcessors(),
          NATIVE ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());

  void open(int port, BenchSocket ear) {
    Bootstrap bootstrap = new Bootstrap();
    if (ear.receiveBuffer > 0) {
      bootstrap.option(ChannelOption.SO_RCVBUF, ear.receiveBuffer);
    }
    var _ =
        bootstrap
            .group(loops)
            .channel(NATIVE ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 20_000)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(ear);
                  }
                })
            .connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                new InetSocketAddress(
                    InetAddress.ofLiteral("127.0.0." + (2 + Math.floorMod(ear.number, ADDRESSES))),
                    0))
            .addListener(
                done -> {
                  if (!done.isSuccess()) {
                    ear.fail("no connection: " + done.cause());
                  }
                });
  }

  void later(Runnable task, long millis) {
    var _ = loops.next().schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  EventLoopGroup loops() {
    return loops;
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
