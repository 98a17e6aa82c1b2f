package io.parley.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The simulator, alone in a process. */
public final class SimulatorProcess implements AutoCloseable {
  private static final int READY_SECONDS = 60;

  private final Process process;
  private final int port;

  public SimulatorProcess(Path folder) throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "io.parley.Main",
            "simulator");
    builder.environment().keySet().removeIf(name -> name.startsWith("PARLEY_"));
    builder.environment().put("PARLEY_SIMULATOR_PORT", Integer.toString(port));
    Path log = folder.resolve("simulator.log");
    process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!Files.readString(log).contains("simulator http://")) {
      if (System.nanoTime() > end || !process.isAlive()) {
        close();
        throw new AssertionError("it is not ready: " + Files.readString(log));
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  public SimulatorClient simulated() {
    return new SimulatorClient(port);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(15, TimeUnit.SECONDS).join();
  }
}
