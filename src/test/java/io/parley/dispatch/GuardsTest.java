package io.parley.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.Outcome;
import io.parley.flow.TokenBucket;
import java.util.concurrent.atomic.AtomicInteger;
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
  void nodesShareTheRateAndTheConcurrencyOfAProvider() {
    AtomicInteger nodes = new AtomicInteger(1);
    SendLimits limits = new SendLimits(10, 10, nodes::get, 0);
    Outcome sent = new Outcome.Sent("r");
    for (int now = 1_000; now < 20_000; now += 1_000) {
      assertThat(limits.begin(false, now)).isTrue();
      limits.ended(sent, false, now, now);
    }
    assertThat(limits.begin(false, 20_000)).isTrue();
    assertThat(limits.capacity(10, 20_000)).isZero();
    assertThat(limits.msUntilCapacity(20_000)).isEqualTo(100);

    nodes.set(4);

    assertThat(limits.capacity(10, 20_000)).isZero();
    assertThat(limits.msUntilCapacity(20_000)).isEqualTo(400);
    assertThat(limits.capacity(10, 20_399)).isZero();
    assertThat(limits.capacity(10, 20_401)).isEqualTo(1);
    SendLimits unlimited = new SendLimits(10, 0, () -> 4, 0);
    assertThat(unlimited.capacity(10, 0)).isEqualTo(2);
    assertThat(new SendLimits(3, 0, () -> 4, 0).capacity(10, 0)).isEqualTo(1);
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
