package io.parley.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PeerNumbersTest {
  private final PeerNumbers numbers = new PeerNumbers();

  @Test
  void aSkippedNumberIsAGap() {
    numbers.heartbeat(Map.of("a", 4L));

    assertThat(numbers.accept("a", 5)).isTrue();
    assertThat(numbers.takeGaps()).isEmpty();
    assertThat(numbers.accept("a", 7)).isTrue();
    assertThat(numbers.takeGaps()).containsExactly("a");
    assertThat(numbers.takeGaps()).isEmpty();
  }

  @Test
  void aRepetitionIsToldApart() {
    numbers.heartbeat(Map.of());

    assertThat(numbers.accept("a", 1)).isTrue();
    assertThat(numbers.accept("a", 1)).isFalse();
    assertThat(numbers.takeGaps()).isEmpty();
  }

  @Test
  void theLastNewsBeforeSilenceIsMissedOnceItWasAnnouncedTwice() {
    numbers.heartbeat(Map.of());
    numbers.accept("a", 1);

    numbers.heartbeat(Map.of("a", 2L));
    assertThat(numbers.takeGaps()).isEmpty();
    numbers.heartbeat(Map.of("a", 2L));

    assertThat(numbers.takeGaps()).containsExactly("a");
    numbers.heartbeat(Map.of("a", 2L));
    assertThat(numbers.takeGaps()).isEmpty();
  }

  @Test
  void aHeartbeatMayOvertakeTheNewsBeforeIt() {
    numbers.heartbeat(Map.of());

    numbers.heartbeat(Map.of("a", 1L));
    numbers.accept("a", 1);
    numbers.heartbeat(Map.of("a", 2L));
    numbers.accept("a", 2);
    numbers.heartbeat(Map.of("a", 2L));

    assertThat(numbers.takeGaps()).isEmpty();
  }

  @Test
  void whatWasSentBeforeTheFirstHeartbeatIsNoGap() {
    assertThat(numbers.accept("a", 40)).isTrue();
    numbers.heartbeat(Map.of("a", 41L, "b", 9L));
    assertThat(numbers.accept("a", 42)).isTrue();
    assertThat(numbers.accept("b", 10)).isTrue();
    numbers.heartbeat(Map.of("a", 42L, "b", 10L));

    assertThat(numbers.takeGaps()).isEmpty();
  }

  @Test
  void theFirstNewsOfANewTopicIsNumberOne() {
    numbers.heartbeat(Map.of());

    numbers.accept("a", 2);

    assertThat(numbers.takeGaps()).containsExactly("a");
  }
}
