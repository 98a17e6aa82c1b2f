package io.parley.testing;

import io.parley.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A simulator in a process of its own, ready when it has been made. */
public final class SimulatorProcess implements AutoCloseable {
  private final int port = ChildProcess.freePort();
  private final ChildProcess process;

  /** {@code gateway} receives the callbacks. */
  public SimulatorProcess(Path folder, String gateway) throws IOException {
    process =
        ChildProcess.java(
            Files.createDirectories(folder.resolve("simulator")),
            Map.of(
                "PARLEY_SIMULATOR_PORT",
                Integer.toString(port),
                "PARLEY_SIMULATOR_GATEWAY",
                gateway),
            Main.class,
            "simulator");
    process.awaitWhileAlive(
        "the simulator is ready", () -> process.output().contains("simulator http://"));
  }

  public SimulatorClient client() {
    return new SimulatorClient(port);
  }

  @Override
  public void close() {
    process.close();
  }
}
