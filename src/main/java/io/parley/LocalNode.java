package io.parley;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One gateway of a {@link LocalCluster}, in a process with the same program as this one. When the
 * process ends without being asked to, another one is started. Safe from any thread.
 */
final class LocalNode {
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(2);
  private static final long RESTART_SECONDS = 1;
  private static final long STOP_SECONDS = 7;
  private static final long POLL_MS = 100;

  private final int port;
  private final Map<String, String> environment;
  private final File log;
  private final Class<?> program;
  private @Nullable Process process;
  private boolean stopping;
  private boolean wasReady;

  /** {@code program}: the main class of a gateway. */
  LocalNode(int port, Map<String, String> environment, Path folder, Class<?> program) {
    this.program = program;
    this.port = port;
    this.environment = environment;
    this.log = folder.resolve("node-" + port + ".log").toFile();
  }

  int port() {
    return port;
  }

  /** Starts the process, unless the node is to stop. */
  synchronized void start() throws IOException {
    if (stopping) {
      return;
    }
    ProcessBuilder builder =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    builder.environment().putAll(environment);
    Process started = builder.start();
    process = started;
    started.onExit().thenAccept(this::ended);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    // the last one counts: a share of the memory for each of them
    command.add("-XX:MaxRAMPercentage=12");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    return command;
  }

  private synchronized void ended(Process ended) {
    if (stopping || !wasReady) {
      return;
    }
    wasReady = false;
    System.out.printf(
        "node http://localhost:%d ended with status %d; starts again in %d s%n",
        port, ended.exitValue(), RESTART_SECONDS);
    System.out.flush();
    CompletableFuture.delayedExecutor(RESTART_SECONDS, TimeUnit.SECONDS).execute(this::startAgain);
  }

  private void startAgain() {
    try {
      start();
      awaitReady();
      System.out.printf("node http://localhost:%d (process %d) is back%n", port, pid());
      System.out.flush();
    } catch (IOException failure) {
      System.err.println("parley: " + failure.getMessage());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized long pid() {
    return process == null ? 0 : process.pid();
  }

  private synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  private synchronized void becomeReady() {
    wasReady = true;
  }

  /** Waits until the node serves. Blocks. */
  void awaitReady() throws IOException, InterruptedException {
    URI ready = URI.create("http://127.0.0.1:" + port + "/health/ready");
    awaitOk(ready, this::isAlive, "The node at port " + port + " did not start; see " + log);
    becomeReady();
  }

  /** Waits until {@code uri} answers 200 while the process that serves it is alive. Blocks. */
  static void awaitOk(URI uri, BooleanSupplier alive, String otherwise)
      throws IOException, InterruptedException {
    HttpRequest question = HttpRequest.newBuilder(uri).timeout(REQUEST_LIMIT).build();
    long end = System.nanoTime() + START_LIMIT.toNanos();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (!isOk(client, question)) {
        if (!alive.getAsBoolean() || System.nanoTime() - end > 0) {
          throw new IOException(otherwise);
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MS);
      }
    }
  }

  private static boolean isOk(HttpClient client, HttpRequest question) throws InterruptedException {
    try {
      return client.send(question, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  private synchronized @Nullable Process terminate() {
    stopping = true;
    if (process != null) {
      process.destroy();
    }
    return process;
  }

  /** Asks all to stop, and kills those that have not in time. Blocks. */
  static void stopAll(List<LocalNode> nodes) {
    List<@Nullable Process> processes = nodes.stream().map(LocalNode::terminate).toList();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    for (Process each : processes) {
      if (each != null) {
        stopBy(each, end);
      }
    }
  }

  /** Waits for the end of {@code process}, and kills it when the time is over. Blocks. */
  static void stopBy(Process process, long endNanos) {
    try {
      long left = Math.max(0, endNanos - System.nanoTime());
      if (!process.waitFor(left, TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
        process.onExit().join();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
