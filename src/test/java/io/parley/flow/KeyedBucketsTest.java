package io.parley.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.flow.KeyedBuckets.Level;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class KeyedBucketsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final long START = clockThatWillOverflow();

  private static long clockThatWillOverflow() {
    return Long.MAX_VALUE - 5 * SECOND;
  }

  private static KeyedBuckets<String> buckets(int perMinute) {
    return new KeyedBuckets<>(perMinute, 1_000, START);
  }

  @Test
  void aFullBucketGrantsABurstAndThenATokenAtATime() {
    KeyedBuckets<String> buckets = buckets(3);
    for (int left = 2; left >= 0; left--) {
      Level level = buckets.take("ann", START);
      assertThat(level.isGranted()).isTrue();
      assertThat(level.remaining()).isEqualTo(left);
      assertThat(level.limit()).isEqualTo(3);
    }
    Level refused = buckets.take("ann", START);
    assertThat(refused.isGranted()).isFalse();
    assertThat(refused.secondsUntilNext()).isEqualTo(20);
    assertThat(refused.secondsUntilFull()).isEqualTo(60);
    assertThat(buckets.take("ann", START + 20 * SECOND - 1).isGranted()).isFalse();
    assertThat(buckets.take("ann", START + 20 * SECOND).isGranted()).isTrue();
    assertThat(buckets.take("ann", START + 20 * SECOND).isGranted()).isFalse();
  }

  @Test
  void aChargeMayLeaveADebtThatIsPaidBeforeAnythingIsGranted() {
    KeyedBuckets<String> buckets = buckets(6);
    assertThat(buckets.look("ann", START).remaining()).isEqualTo(6);
    buckets.charge("ann", 5, START);
    assertThat(buckets.look("ann", START).isGranted()).isTrue();
    buckets.charge("ann", 200, START);
    Level owing = buckets.look("ann", START);
    assertThat(owing.remaining()).isZero();
    assertThat(owing.secondsUntilNext()).isEqualTo(2_000);
    assertThat(buckets.take("ann", START + 2_000 * SECOND - 1).isGranted()).isFalse();
    assertThat(buckets.take("ann", START + 2_000 * SECOND).isGranted()).isTrue();
    assertThat(buckets.look("bob", START).remaining()).isEqualTo(6);
  }

  @Test
  void refusedRequestsCostNothingAndOthersAreNotAffected() {
    KeyedBuckets<String> buckets = buckets(1);
    assertThat(buckets.take("ann", START).isGranted()).isTrue();
    for (int i = 0; i < 100; i++) {
      assertThat(buckets.take("ann", START + i).isGranted()).isFalse();
    }
    assertThat(buckets.take("bob", START).isGranted()).isTrue();
    assertThat(buckets.take("ann", START + MINUTE).isGranted()).isTrue();
  }

  /** Every sequence of steps, against a model that counts in thirds of a second. */
  @Test
  void agreesWithAModelInEverySequence() {
    for (int perMinute = 1; perMinute <= 4; perMinute++) {
      explore(perMinute, 7, "");
    }
  }

  // steps: t take, and pauses of one, seven and thirty seconds
  private static void explore(int perMinute, int depth, String steps) {
    if (depth > 0) {
      for (String step : List.of("t", "i", "s", "l")) {
        explore(perMinute, depth - 1, steps + step);
      }
      return;
    }
    KeyedBuckets<String> buckets = buckets(perMinute);
    long now = START;
    long credit = 60; // in 1/60 of a minute's tokens; a token costs 60 / perMinute
    long token = 60 / perMinute;
    for (int i = 0; i < steps.length(); i++) {
      char step = steps.charAt(i);
      switch (step) {
        case 't' -> {
          boolean granted = credit >= token;
          credit -= granted ? token : 0;
          Level level = buckets.take("ann", now);
          assertThat(level.isGranted())
              .describedAs("%s of %d", steps, perMinute)
              .isEqualTo(granted);
          assertThat(level.remaining()).isEqualTo(credit / token);
          assertThat(level.secondsUntilFull()).isEqualTo(60 - credit);
          assertThat(level.secondsUntilNext()).isEqualTo(granted ? 0 : token - credit);
        }
        default -> {
          long pause = step == 'i' ? 1 : step == 's' ? 7 : 30;
          now += pause * SECOND;
          credit = Math.min(60, credit + pause);
        }
      }
    }
  }

  @Test
  void neverGrantsMoreThanABucketAndWhatItRegained() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      int perMinute = 1 + random.nextInt(10_000);
      KeyedBuckets<String> buckets = buckets(perMinute);
      long passed = 0;
      long granted = 0;
      for (int step = 0; step < 500; step++) {
        passed += random.nextInt(4) == 0 ? random.nextLong(2 * SECOND) : random.nextLong(1_000_000);
        granted += buckets.take("ann", START + passed).isGranted() ? 1 : 0;
      }
      double most = perMinute + passed * (double) perMinute / MINUTE;
      assertThat((double) granted).describedAs("seed %d", seed).isLessThanOrEqualTo(most * 1.001);
    }
  }

  @Test
  void countsExactlyWhenManyThreadsTakeAtOnce() {
    KeyedBuckets<String> buckets = buckets(10_000);
    AtomicInteger granted = new AtomicInteger();
    IntStream.range(0, 20_000)
        .parallel()
        .forEach(i -> granted.addAndGet(buckets.take("ann", START).isGranted() ? 1 : 0));
    assertThat(granted.get()).isEqualTo(10_000);
  }

  @Test
  void keepsABoundedNumberOfBucketsAndForgetsTheFullOnesOnly() {
    KeyedBuckets<Integer> buckets = new KeyedBuckets<>(60, 100, START);
    for (int i = 0; i < 60; i++) {
      assertThat(buckets.take(-1, START + SECOND / 2).isGranted()).isTrue();
    }
    for (int key = 0; key < 100_000; key++) {
      buckets.take(key, START + SECOND / 2 + key * SECOND / 10_000);
      assertThat(buckets.size()).isLessThanOrEqualTo(100);
    }
    // ten seconds later: its bucket has regained ten tokens, not sixty, and one of them is taken
    assertThat(buckets.take(-1, START + 11 * SECOND).remaining()).isEqualTo(9);
  }

  @Test
  void newcomersShareABucketWhileThereIsNoRoom() {
    KeyedBuckets<Integer> buckets = new KeyedBuckets<>(1, 10, START);
    for (int key = 0; key < 10; key++) {
      assertThat(buckets.take(key, START).isGranted()).isTrue();
    }
    assertThat(buckets.take(100, START).isGranted()).isTrue();
    assertThat(buckets.take(101, START).isGranted()).isFalse();
    // once the others are full again, there is room
    assertThat(buckets.take(102, START + MINUTE).isGranted()).isTrue();
    assertThat(buckets.take(103, START + MINUTE).isGranted()).isTrue();
  }
}
