package io.parley.live.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.Outage;
import io.parley.live.loop.VirtualLoop;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class RecoveryScheduleTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> comparisons = new ArrayList<>();
  private final Queue<Future<Void>> outcomes = new ArrayDeque<>();
  private final RecoverySchedule schedule =
      new RecoverySchedule(
          loop,
          age -> {
            comparisons.add("at " + loop.now() + " of the last " + age);
            Future<Void> outcome = outcomes.poll();
            return outcome == null ? Future.succeededFuture() : outcome;
          });

  @Test
  void lossesReportedDuringAComparisonAreOneMoreAfterAPause() {
    outcomes.add(loop.later(300, null));

    schedule.report(1_000);
    loop.advance(100);
    schedule.report(50);
    schedule.report(2_000);
    loop.advance(10_000);

    assertThat(comparisons).containsExactly("at 0 of the last 1000", "at 600 of the last 2500");
  }

  @Test
  void aFailedComparisonIsRepeatedForTheWholeTime() {
    outcomes.add(loop.failLater(0, Outage.unavailable("database lost")));

    schedule.report(1_000);
    loop.advance(10_000);

    assertThat(comparisons).containsExactly("at 0 of the last 1000", "at 1000 of the last 2000");
  }

  @Test
  void aLossAfterAComparisonIsComparedAtOnce() {
    schedule.report(10);
    loop.advance(5_000);
    schedule.report(20);

    assertThat(comparisons).containsExactly("at 0 of the last 10", "at 5000 of the last 20");
  }
}
