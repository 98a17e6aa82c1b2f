package io.parley.live.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.live.session.Heartbeat.Verdict;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class HeartbeatTest {
  private final Heartbeat heartbeat = new Heartbeat(0);

  @Test
  void aSilentClientIsPingedTwiceAndThenGivenUp() {
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    long now = 0;
    Verdict verdict = Verdict.NOTHING;
    while (verdict != Verdict.SILENT) {
      now += Heartbeat.SWEEP_MS;
      verdict = heartbeat.sweep(now, false);
      verdicts.merge(verdict, 1, Integer::sum);
    }

    assertThat(verdicts).containsEntry(Verdict.PING, 2);
    assertThat(now).isEqualTo(Heartbeat.SILENCE_MS + Heartbeat.SWEEP_MS);
  }

  @Test
  void aClientThatAnswersStays() {
    for (long now = 0; now < 600_000; now += Heartbeat.SWEEP_MS) {
      Verdict verdict = heartbeat.sweep(now, false);
      assertThat(verdict).isIn(Verdict.NOTHING, Verdict.PING);
      if (verdict == Verdict.PING) {
        heartbeat.alive(now + 100);
      }
    }
  }

  @Test
  void aClientThatTakesNothingIsStuckAfterAFewSweeps() {
    long sweeps = Heartbeat.STUCK_MS / Heartbeat.SWEEP_MS;
    for (int sweep = 1; sweep < sweeps; sweep++) {
      assertThat(heartbeat.sweep(sweep * Heartbeat.SWEEP_MS, true)).isEqualTo(Verdict.NOTHING);
    }

    assertThat(heartbeat.sweep(Heartbeat.STUCK_MS, true)).isEqualTo(Verdict.STUCK);
  }

  @Test
  void progressEndsTheCountOfStuckSweeps() {
    for (int sweep = 1; sweep < 20; sweep++) {
      boolean stuck = sweep % 5 != 0;
      assertThat(heartbeat.sweep(sweep * Heartbeat.SWEEP_MS, stuck)).isEqualTo(Verdict.NOTHING);
    }
  }
}
