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

  private StandaloneSimulator(Vertx vertx) {
    this.vertx = vertx;
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
    return new StandaloneSimulator(vertx);
  }

  /** Blocks until its connections are closed. */
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
