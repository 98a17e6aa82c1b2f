package io.parley;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.Lifecycle.Stage;
import io.parley.flow.Deadline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class LifecycleTest {
  private final Vertx vertx = Vertx.vertx();
  private final Lifecycle lifecycle = new Lifecycle(vertx);
  private final List<String> stopped = new ArrayList<>();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void start(Stage stage, String name) {
    lifecycle.started(
        stage,
        name,
        deadline -> {
          stopped.add(name);
          return Future.succeededFuture();
        });
  }

  @Test
  void partsStopByStageWhateverTheOrderOfTheirStart() throws Exception {
    start(Stage.DATABASE_SERVER, "database");
    start(Stage.STORE, "store");
    start(Stage.EDGES, "http");

    lifecycle.stop(Deadline.in(Duration.ofSeconds(9)));

    assertThat(stopped).containsExactly("http", "store", "database");
  }

  @Test
  void aPartThatHangsLeavesLaterStagesTheirReserve() throws Exception {
    List<Duration> left = new ArrayList<>();
    lifecycle.started(Stage.EDGES, "stuck", deadline -> Promise.promise().future());
    lifecycle.started(
        Stage.DATABASE_SERVER,
        "database",
        deadline -> {
          left.add(deadline.left());
          return Future.succeededFuture();
        });
    long began = System.nanoTime();

    lifecycle.stop(Deadline.in(Duration.ofSeconds(5)));

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    assertThat(left)
        .singleElement()
        .satisfies(each -> assertThat(each).isGreaterThan(Duration.ofSeconds(2)));
  }

  @Test
  void aPartThatFailsToStopDoesNotKeepTheOthersRunning() throws Exception {
    lifecycle.started(Stage.EDGES, "broken", deadline -> Future.failedFuture("broken"));
    lifecycle.started(
        Stage.EDGES,
        "worse",
        deadline -> {
          throw new IllegalStateException("worse");
        });
    start(Stage.STORE, "store");

    lifecycle.stop(Deadline.in(Duration.ofSeconds(9)));

    assertThat(stopped).containsExactly("store");
  }
}
