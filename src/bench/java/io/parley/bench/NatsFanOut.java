package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.parley.testing.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * nats-server over WebSocket as a fan-out peer: a broker known for its speed, without storage here.
 */
final class NatsFanOut implements FanOutServer {
  static final String MISSING = "NOT MEASURED: install the package nats-server";
  private static final String HEAD = "MSG g 1 256\r\n";
  private static final int EACH = HEAD.length() + 256 + 2;

  private final BenchProcess process;
  private final int port;

  private NatsFanOut(BenchProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Nothing when it is not installed here. */
  static Optional<NatsFanOut> start() throws IOException, InterruptedException {
    Path program = Path.of("/usr/sbin/nats-server");
    if (!Files.isExecutable(program)) {
      System.out.println("nats-server: " + MISSING);
      return Optional.empty();
    }
    int port = ChildProcess.freePort();
    int monitor = ChildProcess.freePort();
    Path settings = Path.of("target", "nats.conf");
    Files.writeString(
        settings,
        """
        listen: 127.0.0.1:%d
        http: 127.0.0.1:%d
        max_connections: 100000
        websocket { listen: "127.0.0.1:%d", no_tls: true }
        """
            .formatted(ChildProcess.freePort(), monitor, port));
    BenchProcess process =
        BenchProcess.start(
            "nats", Map.of(), List.of(program.toString(), "-c", settings.toString()));
    double _ = process.awaitReady("http://127.0.0.1:" + monitor + "/healthz");
    return Optional.of(new NatsFanOut(process, port));
  }

  @Override
  public String name() {
    return "nats-server";
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
    String connect =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"java\",\"version\":\"1\",\"protocol\":1}";
    return String.join("\r\n", connect, "SUB g 1", "PING", "");
  }

  @Override
  public boolean isWelcome(ByteBuf payload) {
    return payload.toString(StandardCharsets.US_ASCII).contains("PONG\r\n");
  }

  @Override
  public String message(long number) {
    return "PUB g 256\r\n" + TEXT + "\r\n";
  }

  // frames and messages need not begin or end together
  @Override
  public int messages(ByteBuf payload, long before) {
    long after = before + payload.readableBytes();
    return (int) (after / EACH - before / EACH);
  }

  @Override
  public void close() {
    process.close();
  }
}
