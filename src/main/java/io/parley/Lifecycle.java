package io.parley;

import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts that are running, and the order and the time in which they stop.
 *
 * <p>One budget covers the whole stop. Each stage receives what is left of it, less what the later
 * stages need at least, so a part that hangs can use up the slack but never keeps a later part from
 * stopping. Safe from any thread.
 */
final class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  /** The order in which parts stop; the parts of one stage stop together. */
  enum Stage {
    /** Edges to the outside: they take no new work and finish what is under way. */
    EDGES(Duration.ofMillis(500)),
    /** What edges use while they finish, except for the store. */
    SUPPORT(Duration.ofMillis(500)),
    STORE(Duration.ofMillis(500)),
    DATABASE_SERVER(Duration.ofMillis(2_500)),
    EVENT_LOOPS(Duration.ofMillis(500));

    private final Duration reserve;

    Stage(Duration reserve) {
      this.reserve = reserve;
    }

    private Duration reserveOfLaterStages() {
      Duration sum = Duration.ZERO;
      for (Stage later : values()) {
        sum = later.compareTo(this) > 0 ? sum.plus(later.reserve) : sum;
      }
      return sum;
    }
  }

  /** Stops one part; it may block, and it must not take longer than it is given. */
  @FunctionalInterface
  interface Stopper {
    Future<?> stop(Deadline deadline) throws Exception;
  }

  private record Part(String name, Stopper stopper) {}

  private final Vertx vertx;
  private final Map<Stage, List<Part>> parts = new EnumMap<>(Stage.class);

  Lifecycle(Vertx vertx) {
    this.vertx = vertx;
    for (Stage stage : Stage.values()) {
      parts.put(stage, new CopyOnWriteArrayList<>());
    }
  }

  /** A part that is running from now on. */
  void started(Stage stage, String name, Stopper stopper) {
    parts.getOrDefault(stage, List.of()).add(new Part(name, stopper));
  }

  /** Deploys instances of a verticle, and undeploys them when its stage stops. */
  <V extends DrainingVerticle> Future<List<V>> deploy(
      Stage stage, String name, int instances, Supplier<V> verticle) {
    List<V> deployed = new CopyOnWriteArrayList<>();
    Supplier<V> noting =
        () -> {
          V instance = verticle.get();
          deployed.add(instance);
          return instance;
        };
    return vertx
        .deployVerticle(noting, new DeploymentOptions().setInstances(instances))
        .map(
            id -> {
              started(
                  stage,
                  name,
                  deadline -> {
                    deployed.forEach(each -> each.stopBy(deadline));
                    return vertx.undeploy(id);
                  });
              return List.copyOf(deployed);
            });
  }

  /** Stops every part by the deadline, even when some of them hang or fail. Blocks. */
  void stop(Deadline deadline) throws InterruptedException {
    for (Stage stage : Stage.values()) {
      stop(stage, deadline.minus(stage.reserveOfLaterStages()));
    }
  }

  private void stop(Stage stage, Deadline deadline) throws InterruptedException {
    Map<Part, Future<?>> stopping = new LinkedHashMap<>();
    List<Part> stageParts = parts.getOrDefault(stage, List.of());
    for (Part part : stageParts) {
      stopping.put(part, begin(part, deadline));
    }
    stageParts.clear();
    for (Map.Entry<Part, Future<?>> each : stopping.entrySet()) {
      await(each.getKey(), each.getValue(), deadline);
    }
  }

  private static Future<?> begin(Part part, Deadline deadline) throws InterruptedException {
    try {
      return part.stopper().stop(deadline);
    } catch (InterruptedException interrupted) {
      throw interrupted;
    } catch (Exception failure) {
      return Future.failedFuture(failure);
    }
  }

  private static void await(Part part, Future<?> stopped, Deadline deadline)
      throws InterruptedException {
    try {
      var _ =
          stopped
              .toCompletionStage()
              .toCompletableFuture()
              .get(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      LOG.atWarn().addKeyValue("part", part.name()).log("Part did not stop in time");
    } catch (ExecutionException failed) {
      LOG.atWarn()
          .addKeyValue("part", part.name())
          .setCause(failed.getCause())
          .log("Part failed to stop");
    }
  }
}
