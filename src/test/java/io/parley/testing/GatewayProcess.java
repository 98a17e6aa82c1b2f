package io.parley.testing;

import io.parley.Main;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A sandbox gateway in a process that can be killed and started again on the same port. */
public final class GatewayProcess implements AutoCloseable {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final int port;
  private final Optional<Path> jar;
  private ChildProcess process;

  /** Begins to start; {@code settings} are environment variables. */
  public GatewayProcess(Path folder, int port, Map<String, String> settings) throws IOException {
    this(folder, port, settings, Optional.empty());
  }

  /** The same with the jar of another version. */
  public GatewayProcess(Path folder, int port, Map<String, String> settings, Optional<Path> jar)
      throws IOException {
    this.jar = jar;
    this.folder = Files.createDirectories(folder);
    this.port = port;
    environment.put("PARLEY_MODE", "sandbox");
    environment.put("PARLEY_HTTP_PORT", Integer.toString(port));
    environment.put("PARLEY_DATA_DIR", folder.toString());
    environment.put("PARLEY_SECRET", Base64.getEncoder().encodeToString(new byte[32]));
    environment.putAll(settings);
    start();
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Begins to start again. */
  public void start() {
    process =
        jar.map(other -> ChildProcess.jar(folder, environment, other))
            .orElseGet(() -> ChildProcess.java(folder, environment, Main.class));
  }

  public void awaitReady() {
    HttpRequest question = HttpRequest.newBuilder(URI.create(url() + "/health/ready")).build();
    process.awaitWhileAlive("the gateway is ready", () -> answersOk(question));
  }

  private static boolean answersOk(HttpRequest question) throws InterruptedException {
    try {
      return CLIENT.send(question, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Asks it to stop, and waits until it has; its exit code. */
  public int terminate() {
    return process.terminate();
  }

  /** Ends it as {@code kill -9} does. */
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
  }
}
