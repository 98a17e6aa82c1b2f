package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When events may have been missed, in virtual time. */
@Tag("fast")
class PeerWatchTest {
  private static final long TICK_MS = 50;
  private static final long HEARTBEAT_MS = 250;

  private final UUID peer = UUID.randomUUID();
  private final List<Long> doubts = new ArrayList<>();
  private final List<Long> ages = new ArrayList<>();
  private long now = 1_000_000;
  private final PeerWatch watch =
      new PeerWatch(
          new Random(7),
          age -> {
            doubts.add(now);
            ages.add(age);
          });

  private void advance(long millis, boolean heard) {
    for (long until = now + millis; now < until; now += TICK_MS) {
      if (heard && now % HEARTBEAT_MS == 0) {
        watch.heard(peer, now);
      }
      watch.tick(now);
    }
  }

  /** The peer is in the table and heard, and the doubts of the beginning are over. */
  private void meet() {
    watch.present(Set.of(peer), now);
    advance(2_000, true);
    doubts.clear();
    ages.clear();
  }

  @Test
  void aPeerThatIsHeardIsNotDoubted() {
    meet();

    advance(60_000, true);

    assertThat(doubts).isEmpty();
  }

  @Test
  void aNodeAloneDoubtsNothing() {
    watch.present(Set.of(), now);

    advance(60_000, false);

    assertThat(doubts).isEmpty();
  }

  @Test
  void whatANewPeerSentBeforeIsDoubted() {
    watch.present(Set.of(peer), now);
    advance(200, true);

    assertThat(doubts).hasSize(1);
    assertThat(ages.getFirst()).isGreaterThan(PeerWatch.UNSEEN_MS);
  }

  @Test
  void silenceIsDoubtedWithinASecondAndAHalfAndRepeatedly() {
    meet();
    long silentSince = now;

    advance(10_000, false);

    assertThat(doubts.getFirst() - silentSince).isLessThan(1_500);
    assertThat(ages.getFirst()).isGreaterThan(PeerWatch.SILENCE_MS);
    for (int i = 1; i < doubts.size(); i++) {
      assertThat(doubts.get(i) - doubts.get(i - 1)).isLessThan(2_000);
    }
    assertThat(doubts).hasSizeBetween(5, 8);
    assertThat(watch.isSilent(peer)).isTrue();
  }

  @Test
  void aHealedCutIsDoubtedOnce() {
    meet();
    advance(5_000, false);
    doubts.clear();

    advance(10_000, true);

    assertThat(doubts).hasSize(1);
  }

  @Test
  void aPeerThatLeftTheTableIsDoubtedOnceMoreAndForgotten() {
    meet();

    watch.present(Set.of(), now);
    advance(10_000, false);

    assertThat(doubts).hasSize(1);
  }

  @Test
  void doubtsOfOneMomentAreOne() {
    meet();

    watch.missed(peer, now);
    watch.missed(peer, now);
    watch.doubtAll(now);
    advance(1_000, true);

    assertThat(doubts).hasSize(1);
  }

  @Test
  void whoIsNotInTheTableIsNotHeard() {
    assertThat(watch.heard(UUID.randomUUID(), now)).isFalse();
    watch.missed(UUID.randomUUID(), now);
    advance(5_000, false);

    assertThat(doubts).isEmpty();
  }
}
