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
    silence.requestSent(0);
    silence.requestSent(10);
    assertThat(silence.isStalled(1_500)).isFalse();
    assertThat(silence.isStalled(1_511)).isTrue();
  }

  @Test
  void oneWhoWaitsMeansNothing() {
    silence.requestSent(0);
    assertThat(silence.isStalled(100_000)).isFalse();
  }

  @Test
  void anyAnswerBreaksIt() {
    silence.requestSent(0);
    silence.requestSent(0);
    silence.requestSent(0);
    silence.answered(1_400, 1);
    assertThat(silence.isStalled(1_600)).isFalse();
    assertThat(silence.isStalled(2_901)).isTrue();
  }

  @Test
  void whoIsGivenUpAndAskedAgainGoesOnWaiting() {
    silence.requestSent(0);
    silence.requestSent(0);
    silence.abandoned(800);
    silence.abandoned(800);
    silence.requestSent(801);
    silence.requestSent(801);
    assertThat(silence.isStalled(1_501)).isTrue();
  }

  @Test
  void whatWasLongAgoIsForgotten() {
    silence.requestSent(0);
    silence.requestSent(0);
    silence.abandoned(800);
    silence.abandoned(800);
    silence.requestSent(60_000);
    silence.requestSent(60_000);
    assertThat(silence.isStalled(60_001)).isFalse();
  }

  @Test
  void aSlowProviderIsKnownAsOneAfterItsFirstAnswer() {
    silence.requestSent(0);
    silence.requestSent(0);
    silence.requestSent(0);
    silence.answered(3_000, 3_000);
    assertThat(silence.isStalled(9_000)).isFalse();
    assertThat(silence.isStalled(15_001)).isTrue();
  }
}
