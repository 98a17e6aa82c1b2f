package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A gateway in the sandbox, as a process that may be killed and started again. */
public final class GatewayProcess implements AutoCloseable {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final int READY_SECONDS = 60;

  private final Path folder;
  private final Map<String, String> settings;
  private final int port;
  private Process process;

  public GatewayProcess(Path folder, Map<String, String> settings) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.settings = settings;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    start();
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Begins to start, on the port it always has. */
  public void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            // it lives too briefly for more to pay
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            "io.parley.Main");
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("PARLEY_"));
    environment.putAll(
        Map.of(
            "PARLEY_MODE",
            "sandbox",
            "PARLEY_HTTP_PORT",
            Integer.toString(port),
            "PARLEY_DATA_DIR",
            folder.toString(),
            "PARLEY_SECRET",
            Base64.getEncoder().encodeToString(new byte[32])));
    environment.putAll(settings);
    process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
  }

  public void ready() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    HttpRequest question = HttpRequest.newBuilder(URI.create(url() + "/health/ready")).build();
    while (System.nanoTime() < end && process.isAlive()) {
      try {
        if (CLIENT.send(question, BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException notYet) {
        // asked again
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("it is not ready: " + Files.readString(folder.resolve("log")));
  }

  /** As {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    assertThat(endsWithin(10)).isTrue();
  }

  @Override
  public void close() {
    process.destroy();
    if (!endsWithin(15)) {
      kill();
    }
  }

  private boolean endsWithin(int seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
