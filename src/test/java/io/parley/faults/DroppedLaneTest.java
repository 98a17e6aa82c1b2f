package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.timeline.TimelineInvariants;
import io.parley.testing.Await;
import io.parley.testing.FlakyNetwork;
import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The connection of a write lane, dropped without a word as load balancers do. */
@Tag("fault")
class DroppedLaneTest {
  private final TestDatabase database = TestDatabase.durable();
  private final Vertx vertx = Vertx.vertx();
  private FlakyNetwork line;
  private TestGateway node;
  private String ann;
  private long group;

  @BeforeEach
  void start() throws Exception {
    int port = URI.create(database.url()).getPort();
    line = new FlakyNetwork(vertx, port);
    node =
        new TestGateway(
            database.url().replace(":" + port + "/", ":" + line.port() + "/"),
            Map.of("PARLEY_DATABASE_WRITE_TIMEOUT", "1500ms"));
    ann = node.signUp("ann", "person");
    group = node.group(ann, "team");
    node.say(ann, group, "before").is(201);
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
    Await.result(vertx.close());
  }

  @Test
  void aSendOnADeadConnectionIsRepeatedAndStoredOnce() {
    List<List<String>> lanes =
        database.rows(
            "select client_port from pg_stat_activity where datname = current_database()"
                + " and query like '%append_few_items%' and pid <> pg_backend_pid()");
    lanes.forEach(each -> line.swallow(Integer.parseInt(each.getFirst())));
    long began = System.nanoTime();
    node.say(ann, group, "during").is(201);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
    assertThat(database.one("select count(*) from item where conversation = " + group))
        .isEqualTo("2");
    node.get("", "/health/ready").is(200);
    TimelineInvariants.check(database.url());
  }
}
