package io.parley.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.parley.testing.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The physical limit of fan-out: Netty alone, which encodes one frame once, writes it to every
 * socket and flushes each socket once per turn. No storage, no order, no authentication.
 */
final class BareFanOut implements FanOutServer {
  private static final int WELCOME_BYTES = 4;
  private static final int MESSAGE_BYTES = 7;

  private final BenchProcess process;
  private final int port;

  private BareFanOut(BenchProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static BareFanOut start() throws InterruptedException {
    int port = ChildProcess.freePort();
    BenchProcess process =
        BenchProcess.java(
            "bare-fan",
            Map.of(),
            "@conf/jvm.options",
            "-cp",
            System.getProperty("java.class.path"),
            BareFanOut.class.getName(),
            Integer.toString(port));
    double _ = process.awaitReady("http://127.0.0.1:" + port + "/ready");
    return new BareFanOut(process, port);
  }

  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[0]);
    boolean isNative = Epoll.isAvailable();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            isNative ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    Hall hall = new Hall();
    var _ =
        new ServerBootstrap()
            .group(loops)
            .channel(isNative ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1_024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Guest(hall));
                  }
                })
            .bind("127.0.0.1", port)
            .syncUninterruptibly();
  }

  /** Everybody, by event loop. */
  private static final class Hall {
    private final Map<EventLoop, Row> rows = new ConcurrentHashMap<>();
    private final ByteBuf frame;

    Hall() {
      byte[] text = TEXT.getBytes(StandardCharsets.US_ASCII);
      frame = Unpooled.directBuffer(text.length + 4);
      frame.writeByte(0x81).writeByte(126).writeShort(text.length).writeBytes(text);
    }

    Row row(EventLoop loop) {
      return rows.computeIfAbsent(loop, any -> new Row(any));
    }

    void tell() {
      rows.forEach((loop, row) -> loop.execute(() -> row.tell(frame)));
    }
  }

  private static final class Row {
    private final EventLoop loop;
    private final List<ChannelHandlerContext> guests = new ArrayList<>();
    private boolean flushing;

    Row(EventLoop loop) {
      this.loop = loop;
    }

    void tell(ByteBuf frame) {
      for (ChannelHandlerContext guest : guests) {
        var _ = guest.write(frame.retainedDuplicate(), guest.voidPromise());
      }
      if (!flushing) {
        flushing = true;
        loop.execute(this::flush);
      }
    }

    private void flush() {
      flushing = false;
      guests.forEach(ChannelHandlerContext::flush);
    }
  }

  private static final class Guest extends ChannelInboundHandlerAdapter {
    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private final Hall hall;
    private boolean upgraded;

    Guest(Hall hall) {
      this.hall = hall;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf in = (ByteBuf) message;
      if (upgraded) {
        // a greeting is answered; anything else goes to everybody
        boolean greeting = in.getByte(in.readerIndex() + 6) == 'h';
        if (greeting) {
          hall.row(loop(context)).guests.add(context);
          ByteBuf answer = context.alloc().buffer(WELCOME_BYTES + 2);
          answer.writeByte(0x81).writeByte(WELCOME_BYTES).writeInt(0x77777777);
          var _ = context.writeAndFlush(answer);
        } else {
          // several may have come together
          for (int i = 0; i < in.readableBytes() / MESSAGE_BYTES; i++) {
            hall.tell();
          }
        }
      } else {
        upgraded = true;
        answer(context, in.toString(StandardCharsets.US_ASCII));
      }
      in.release();
    }

    private static EventLoop loop(ChannelHandlerContext context) {
      return context.channel().eventLoop();
    }

    private static void answer(ChannelHandlerContext context, String request) {
      ByteBuf answer = ByteBufAllocator.DEFAULT.buffer();
      answer.writeCharSequence(
          request.startsWith("GET /ready")
              ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
              : "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  + ACCEPT
                  + "\r\n\r\n",
          StandardCharsets.US_ASCII);
      var _ = context.writeAndFlush(answer);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      hall.row(loop(context)).guests.remove(context);
    }
  }

  @Override
  public String name() {
    return "bare Netty";
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public double cpu() {
    return ProcessCpu.family(process.pid());
  }

  @Override
  public String path() {
    return "/";
  }

  @Override
  public String headers(int socket) {
    return "";
  }

  @Override
  public String greeting() {
    return "h";
  }

  @Override
  public boolean isWelcome(ByteBuf payload) {
    return payload.readableBytes() == WELCOME_BYTES;
  }

  @Override
  public String message(long number) {
    return "m";
  }

  @Override
  public int messages(ByteBuf payload, long before) {
    return payload.readableBytes() > WELCOME_BYTES ? 1 : 0;
  }

  @Override
  public void close() {
    process.close();
  }
}
