package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.TokenBucket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class GuardsTest {
  @Test
  void aBucketGivesItsRateAndALittleMoreAfterARest() {
    TokenBucket bucket = new TokenBucket(10, 2, 0);
    assertThat(bucket.take(0)).isTrue();
    assertThat(bucket.take(0)).isTrue();
    assertThat(bucket.take(0)).isFalse();
    assertThat(bucket.msUntilOne(0)).isEqualTo(100);
    assertThat(bucket.take(100)).isTrue();
    assertThat(bucket.available(60_000)).isEqualTo(2);
  }

  @Test
  void aBucketWithoutRateHasNoEnd() {
    TokenBucket bucket = new TokenBucket(0, 1, 0);
    for (int i = 0; i < 100; i++) {
      assertThat(bucket.take(0)).isTrue();
    }
    assertThat(bucket.msUntilOne(0)).isZero();
  }

  @Test
  void fiveInVainInARowSayThatAProviderIsBroken() {
    FailureWindow pulse = new FailureWindow();
    for (int i = 0; i < 100; i++) {
      assertThat(pulse.record(false)).isFalse();
    }
    for (int i = 0; i < 4; i++) {
      assertThat(pulse.record(true)).isFalse();
    }
    assertThat(pulse.record(true)).isTrue();
  }

  @Test
  void halfOfTheLastTwentySayItToo() {
    FailureWindow pulse = new FailureWindow();
    boolean broken = false;
    for (int i = 0; i < 30 && !broken; i++) {
      broken = pulse.record(i % 2 == 0);
    }
    assertThat(broken).isTrue();
  }

  @Test
  void oneInFiveInVainIsABadDayAndNotTheEnd() {
    FailureWindow pulse = new FailureWindow();
    for (int i = 0; i < 1_000; i++) {
      assertThat(pulse.record(i % 5 == 0)).isFalse();
    }
  }
}
