package io.parley.bench;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** nats-server's WebSocket: a broker known for being fast, which keeps nothing. */
final class NatsFan implements Fan {
  static final String MISSING = "NOT MEASURED: install the package nats-server";
  private static final String HEAD = "MSG g 1 256\r\n";
  private static final int EACH = HEAD.length() + 256 + 2;

  private final Child process;
  private final int port;

  private NatsFan(Child process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Nothing when it is not installed here. */
  static Optional<NatsFan> start() throws IOException, InterruptedException {
    Path program = Path.of("/usr/sbin/nats-server");
    if (!Files.isExecutable(program)) {
      System.out.println("nats-server: " + MISSING);
      return Optional.empty();
    }
    int port = Child.freePort();
    int monitor = Child.freePort();
    Path settings = Path.of("target", "nats.conf");
    Files.writeString(
        settings,
        """
        listen: 127.0.0.1:%d
        http: 127.0.0.1:%d
        max_connections: 100000
        websocket { listen: "127.0.0.1:%d", no_tls: true }
        """
            .formatted(Child.freePort(), monitor, port));
    Child process =
        Child.start(
            "nats", Map.of(), List.of(program.toString(), "-c", settings.toString()));
    double _ = process.ready("http://127.0.0.1:" + monitor + "/healthz");
    return Optional.of(new NatsFan(process, port));
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
    return Cpu.family(process.pid());
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
