package io.parley;

import io.parley.bus.Bus;
import io.parley.flow.Retry;
import io.parley.ops.Metrics;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;

/** What every part of a gateway is built on. */
record Foundation(
    Settings settings, UUID nodeId, Vertx vertx, Bus bus, Metrics metrics, Lifecycle lifecycle) {
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);

  static Foundation of(Settings settings) {
    Metrics metrics = new Metrics();
    Vertx vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(settings.http().eventLoops())
                    .setPreferNativeTransport(true)
                    .setMetricsOptions(metrics.vertxOptions()))
            .withMetrics(metrics.vertxFactory())
            .build();
    Lifecycle lifecycle = new Lifecycle(vertx);
    lifecycle.started(
        Lifecycle.Stage.EVENT_LOOPS,
        "event loops",
        deadline -> {
          metrics.close();
          return vertx.close();
        });
    return new Foundation(settings, UUID.randomUUID(), vertx, new Bus(vertx), metrics, lifecycle);
  }

  /**
   * Retries a step of the start: the database answers by then, but on a busy machine it may still
   * refuse connections.
   */
  <T> Future<T> patiently(Supplier<Future<T>> step) {
    return Retry.whileUnavailable(vertx, START_PATIENCE, step);
  }

  /** Reports a port that cannot be listened on as the mistake in the settings that it is. */
  static <T> Future<T> portInUse(String key, int port, String advice, Throwable failure) {
    return Future.failedFuture(
        failure instanceof IOException
            ? InvalidSettings.of(key, port + " is not available: " + failure.getMessage() + advice)
            : failure);
  }
}
