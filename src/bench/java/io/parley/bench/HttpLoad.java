package io.parley.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * HTTP load with minimal cost. Closed loop: each connection sends its next request as soon as it is
 * answered. Open loop: requests are due at a rate, regardless of the answers.
 */
final class HttpLoad implements AutoCloseable {
  private static final boolean NATIVE = Epoll.isAvailable();

  private final int port;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), transport());

  HttpLoad(int port) {
    this.port = port;
  }

  private static IoHandlerFactory transport() {
    return NATIVE ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  MeasuredRound.Outcome closed(int lines, double seconds, Traffic traffic) {
    return run(new MeasuredRound(traffic, lines, seconds, Optional.empty()), loops);
  }

  MeasuredRound.Outcome open(int lines, double seconds, double perSecond, Traffic traffic) {
    EventLoop loop = loops.next();
    OpenLoopSchedule schedule = new OpenLoopSchedule(loop, perSecond);
    return run(new MeasuredRound(traffic, lines, seconds, Optional.of(schedule)), loop);
  }

  private MeasuredRound.Outcome run(MeasuredRound round, EventLoopGroup on) {
    for (int i = 0; i < round.lines(); i++) {
      LoadConnection line = new LoadConnection(round, i);
      var _ =
          new Bootstrap()
              .group(on)
              .channel(NATIVE ? EpollSocketChannel.class : NioSocketChannel.class)
              .option(ChannelOption.TCP_NODELAY, true)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5_000)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(line);
                    }
                  })
              .connect("127.0.0.1", port)
              .addListener(
                  done -> {
                    if (!done.isSuccess()) {
                      round.fail(done.cause());
                    }
                  });
    }
    return round.join();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
