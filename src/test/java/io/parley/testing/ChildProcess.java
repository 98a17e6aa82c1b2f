package io.parley.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A process with its output in two files. Settings of this machine do not reach it; closing it ends
 * it as a service manager would, and kills it if that takes too long. It never outlives this JVM.
 */
public final class ChildProcess implements AutoCloseable {
  private static final long END_SECONDS = 60;

  private final Process process;
  private final Path output;
  private final Path errors;
  private final Thread killed;

  private ChildProcess(Process process, Path output, Path errors) {
    this.process = process;
    this.output = output;
    this.errors = errors;
    this.killed = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killed);
  }

  /**
   * Runs {@code command}; what it writes is appended to {@code stdout} and {@code stderr} there.
   */
  public static ChildProcess start(
      Path folder, Map<String, String> environment, List<String> command) {
    Path output = folder.resolve("stdout");
    Path errors = folder.resolve("stderr");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PARLEY_"));
    builder.environment().putAll(environment);
    try {
      return new ChildProcess(builder.start(), output, errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs a main class with the classes of this JVM, compiled quickly rather than well: it lives too
   * briefly for more to pay.
   */
  public static ChildProcess java(
      Path folder, Map<String, String> environment, Class<?> main, String... arguments) {
    List<String> program = new ArrayList<>();
    program.add("-cp");
    program.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    program.add(main.getName());
    program.addAll(List.of(arguments));
    return java(folder, environment, program);
  }

  /** The same with a jar, such as that of another version. */
  public static ChildProcess jar(Path folder, Map<String, String> environment, Path jar) {
    return java(folder, environment, List.of("-jar", jar.toString()));
  }

  private static ChildProcess java(
      Path folder, Map<String, String> environment, List<String> program) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Xmx256m");
    command.addAll(program);
    return start(folder, environment, command);
  }

  /** A port that nobody listens on now. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The first of so many ports in a row on which nobody listens now, and which the system gives to
   * no client.
   */
  public static int freePorts(int count) {
    while (true) {
      int first = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      if (areFree(first, count)) {
        return first;
      }
    }
  }

  private static boolean areFree(int first, int count) {
    for (int port = first; port < first + count; port++) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(socket.isBound()).isTrue();
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has written to the standard output so far. */
  public String output() {
    return read(output);
  }

  /** What it has written to the standard error so far. */
  public String errors() {
    return read(errors);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for {@code condition}, which a process that has ended will not fulfil any more. */
  public void awaitWhileAlive(String what, Await.Condition condition) {
    Await.until(
        () -> what + "\n" + output() + errors(),
        Duration.ofSeconds(END_SECONDS),
        () -> {
          boolean alive = isAlive();
          if (condition.holds()) {
            return true;
          }
          assertThat(alive).describedAs("ended before: %s%n%s", what, errors()).isTrue();
          return false;
        });
  }

  /** Waits for the end of the process; its exit code. */
  public int exitCode() {
    assertThat(endsWithin(END_SECONDS)).describedAs("the process ends").isTrue();
    return process.exitValue();
  }

  /** Asks it to end, as a service manager does; its exit code. */
  public int terminate() {
    process.destroy();
    return exitCode();
  }

  /** Ends it as {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    assertThat(endsWithin(END_SECONDS)).describedAs("the killed process ends").isTrue();
  }

  @Override
  public void close() {
    process.destroy();
    if (!endsWithin(END_SECONDS)) {
      kill();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(killed);
    } catch (IllegalStateException shuttingDown) {
      // the hook runs anyway
    }
  }

  private boolean endsWithin(long seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
