package io.parley;

import io.parley.settings.InvalidSettings;
import io.parley.settings.SimulatorSettings;
import io.parley.simulator.SimulatorVerticle;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletionException;

/** The simulator in a process of its own. */
final class StandaloneSimulator {
  private static final String DEFAULT_GATEWAY = "http://127.0.0.1:8080";

  private final Vertx vertx;

  private final int port;

  private StandaloneSimulator(Vertx vertx, int port) {
    this.vertx = vertx;
    this.port = port;
  }

  /** A simulator that listens. Blocks. */
  static StandaloneSimulator start(SimulatorSettings settings) {
    Vertx vertx = Vertx.vertx();
    String gateway = settings.gateway().orElse(DEFAULT_GATEWAY);
    SimulatorVerticle simulator =
        new SimulatorVerticle(settings.host(), settings.port(), gateway, settings.exposed());
    try {
      vertx.deployVerticle(simulator).toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException failure) {
      throw InvalidSettings.of(
          "simulator.port", settings.port() + " is not available: " + failure.getCause());
    }
    System.out.printf(
        "simulator http://localhost:%d for the gateway at %s%n", simulator.port(), gateway);
    System.out.flush();
    return new StandaloneSimulator(vertx, simulator.port());
  }

  /** The port on which it listens. */
  int port() {
    return port;
  }

  /** Blocks until its connections are closed. */
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
