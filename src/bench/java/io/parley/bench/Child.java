package io.parley.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process of ours that always ends. */
final class Child implements AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final Process process;
  private final File log;
  private final long began;
  private final Thread end;

  private Child(Process process, File log, long began) {
    this.process = process;
    this.log = log;
    this.began = began;
    this.end = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(end);
  }

  static Child start(String name, Map<String, String> environment, List<String> command) {
    File log = new File("target/bench-" + name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
    builder.environment().putAll(environment);
    long began = System.nanoTime();
    try {
      return new Child(builder.start(), log, began);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A JVM like this one. */
  static Child java(String name, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(arguments));
    return start(name, environment, command);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until {@code url} answers 200; the milliseconds since the process was asked for. */
  double ready(String url) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(2)).build();
    while (System.nanoTime() - began < PATIENCE) {
      if (answers(request)) {
        return (System.nanoTime() - began) / 1e6;
      }
      if (!process.isAlive()) {
        throw new IllegalStateException("it ended before it was ready: see " + log);
      }
      TimeUnit.MILLISECONDS.sleep(3);
    }
    throw new IllegalStateException(url + " never answered 200: see " + log);
  }

  private static boolean answers(HttpRequest request) throws InterruptedException {
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
    process.destroy();
    try {
      if (!process.waitFor(15, TimeUnit.SECONDS)) {
        System.out.println("it had to be killed: see " + log);
        boolean _ = process.destroyForcibly().waitFor(15, TimeUnit.SECONDS);
      }
      Runtime.getRuntime().removeShutdownHook(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    } catch (IllegalStateException shuttingDown) {
      // the hook runs anyway
    }
  }
}
