package io.parley.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.TestDatabase;
import io.parley.testing.TestGateway;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many slow searches of one user, beside everything else that users do. */
@Tag("fault")
class HeavyReadsTest {
  private final TestDatabase database = TestDatabase.create();
  private TestGateway node;
  private String ann;
  private long group;

  @BeforeEach
  void start() {
    node = new TestGateway(database.url(), Map.of("PARLEY_DATABASE_LOCK_TIMEOUT", "8s"));
    ann = node.signUp("ann", "person");
    group = node.group(ann, "team");
    node.say(ann, group, "before").is(201);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void searchesThatTakeForEverDelayNothingElse() throws Exception {
    List<CompletableFuture<TestGateway.Reply>> searches = new ArrayList<>();
    try (Connection other = database.connect()) {
      // searches wait as long as this lasts, as if they read very much
      other.setAutoCommit(false);
      TestDatabase.run(other, "lock table item_text in access exclusive mode");
      for (int i = 0; i < 12; i++) {
        searches.add(node.sendAsync("GET", ann, "/api/search?q=before", null));
      }
      long began = System.nanoTime();
      for (int i = 0; i < 40; i++) {
        node.say(ann, group, "during").is(201);
        node.get(ann, "/api/conversations/" + group + "/items").is(200);
        node.get(ann, "/api/conversations").is(200);
        node.get("", "/health/ready").is(200);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(searches)
          .as("two have been running all the time")
          .filteredOn(each -> !each.isDone())
          .hasSizeGreaterThanOrEqualTo(2);
      other.rollback();
    }
    searches.forEach(each -> assertThat(each.join().status()).isIn(200, 503));
    assertThat(searches).anyMatch(each -> each.join().status() == 200);
  }
}
