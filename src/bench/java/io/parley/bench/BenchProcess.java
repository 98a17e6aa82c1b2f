package io.parley.bench;

import io.parley.testing.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A child process that is ended when it is closed and when this JVM exits. */
final class BenchProcess implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

  private final ChildProcess process;
  private final long began;

  private BenchProcess(ChildProcess process, long began) {
    this.process = process;
    this.began = began;
  }

  static BenchProcess start(String name, Map<String, String> environment, List<String> command) {
    try {
      Path output = Files.createDirectories(Path.of("target", "bench-output", name));
      long began = System.nanoTime();
      return new BenchProcess(ChildProcess.start(output, environment, command), began);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A JVM like this one. */
  static BenchProcess java(String name, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    return start(name, environment, command);
  }

  /** Waits until {@code url} answers 200; the milliseconds since the start of the process. */
  double awaitReady(String url) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(2)).build();
    process.awaitWhileAlive(url + " answers 200", () -> answersOk(request));
    return (System.nanoTime() - began) / 1e6;
  }

  private static boolean answersOk(HttpRequest request) throws InterruptedException {
    try {
      return HTTP.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.close();
  }
}
