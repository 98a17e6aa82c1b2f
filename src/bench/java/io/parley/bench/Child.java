package io.parley.bench;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of ours that always ends. */
final class Child implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;

  private Child(Process process) {
    this.process = process;
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  static Child start(String name, Map<String, String> environment, List<String> command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(new File("target/bench-" + name + ".log"));
      builder.environment().putAll(environment);
      return new Child(builder.start());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A JVM like this one. */
  static Child java(String name, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(arguments));
    return start(name, environment, command);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until {@code url} answers 200; the milliseconds that took. */
  double ready(String url) throws InterruptedException {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(60)) {
      try {
        if (HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.discarding()).statusCode() == 200) {
          return (System.nanoTime() - begin) / 1e6;
        }
      } catch (IOException notYet) {
        // asked again
      }
      if (!process.isAlive()) {
        throw new IllegalStateException("it ended: see target/bench-*.log");
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    throw new IllegalStateException(url + " never answered");
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
