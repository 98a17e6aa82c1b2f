package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** In a time of its own. */
@Tag("fast")
class StallDetectorTest {
  private final StallDetector silence = new StallDetector();

  @Test
  void severalWhoWaitForLongInVainMeanTrouble() {
    silence.asked(0);
    silence.asked(10);
    assertThat(silence.isTooLong(1_500)).isFalse();
    assertThat(silence.isTooLong(1_511)).isTrue();
  }

  @Test
  void oneWhoWaitsMeansNothing() {
    silence.asked(0);
    assertThat(silence.isTooLong(100_000)).isFalse();
  }

  @Test
  void anyAnswerBreaksIt() {
    silence.asked(0);
    silence.asked(0);
    silence.asked(0);
    silence.answered(1_400, 1);
    assertThat(silence.isTooLong(1_600)).isFalse();
    assertThat(silence.isTooLong(2_901)).isTrue();
  }

  @Test
  void whoIsGivenUpAndAskedAgainGoesOnWaiting() {
    silence.asked(0);
    silence.asked(0);
    silence.givenUp(800);
    silence.givenUp(800);
    silence.asked(801);
    silence.asked(801);
    assertThat(silence.isTooLong(1_501)).isTrue();
  }

  @Test
  void whatWasLongAgoIsForgotten() {
    silence.asked(0);
    silence.asked(0);
    silence.givenUp(800);
    silence.givenUp(800);
    silence.asked(60_000);
    silence.asked(60_000);
    assertThat(silence.isTooLong(60_001)).isFalse();
  }

  @Test
  void aSlowProviderIsKnownAsOneAfterItsFirstAnswer() {
    silence.asked(0);
    silence.asked(0);
    silence.asked(0);
    silence.answered(3_000, 3_000);
    assertThat(silence.isTooLong(9_000)).isFalse();
    assertThat(silence.isTooLong(15_001)).isTrue();
  }
}
