package io.parley.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.channel.NextStep.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class NextStepTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = NOW.plus(Duration.ofDays(1));
  private static final RetrySchedule SCHEDULE =
      new RetrySchedule(Duration.ofSeconds(1), Duration.ofSeconds(60), 4);
  private static final Outcome UNAVAILABLE = new Outcome.Unavailable("http_500", "broken");
  private static final Outcome UNKNOWN = new Outcome.Unknown("no_reply", "lost");

  private static NextStep after(int attempts, Instant expires, Outcome outcome) {
    return NextStep.after(new Progress(attempts, expires), outcome, SCHEDULE, NOW, 0.5);
  }

  @Test
  void whatTheProviderTookIsHandedOverHoweverLate() {
    for (Instant expires : List.of(LATER, NOW, NOW.minusSeconds(1))) {
      for (int attempts : List.of(0, 3, 4, 100)) {
        assertThat(after(attempts, expires, new Outcome.Sent("r")))
            .isEqualTo(new NextStep.HandedOver("r"));
      }
    }
  }

  @Test
  void whatItRefusesHasFailedWithItsCode() {
    for (Instant expires : List.of(LATER, NOW)) {
      for (int attempts : List.of(0, 3, 100)) {
        assertThat(after(attempts, expires, new Outcome.Refused("21610", "opted out")))
            .isEqualTo(new NextStep.Failed("21610", "opted out"));
      }
    }
  }

  @Test
  void troubleIsTriedAgainUntilTheAttemptsAreUsedUp() {
    for (int attempts = 0; attempts < 3; attempts++) {
      Duration half = Duration.ofMillis(500L << attempts);
      assertThat(after(attempts, LATER, UNAVAILABLE))
          .isEqualTo(new NextStep.Retry(half, false, "http_500", "broken"));
      assertThat(after(attempts, LATER, UNKNOWN))
          .isEqualTo(new NextStep.Retry(half, true, "no_reply", "lost"));
    }
    for (int attempts : List.of(3, 4, 100)) {
      assertThat(after(attempts, LATER, UNAVAILABLE))
          .isEqualTo(new NextStep.Failed("gave_up", "http_500: broken"));
      assertThat(after(attempts, LATER, UNKNOWN))
          .isEqualTo(new NextStep.Failed("gave_up", "no_reply: lost"));
    }
  }

  @Test
  void onlyNotKnowingBinds() {
    assertThat(((NextStep.Retry) after(0, LATER, UNKNOWN)).bound()).isTrue();
    assertThat(((NextStep.Retry) after(0, LATER, UNAVAILABLE)).bound()).isFalse();
    assertThat(((NextStep.Retry) after(0, LATER, new Outcome.Throttled(Optional.empty()))).bound())
        .isFalse();
  }

  @Test
  void beingAskedToWaitIsHeededAndNeverEndsInGivingUp() {
    for (int attempts : List.of(0, 3, 4, 1_000)) {
      NextStep.Retry again =
          (NextStep.Retry)
              after(attempts, LATER, new Outcome.Throttled(Optional.of(Duration.ofMinutes(5))));
      assertThat(again.after()).isGreaterThanOrEqualTo(Duration.ofMinutes(5));
      assertThat(again.code()).isEqualTo("throttled");
      assertThat(after(attempts, LATER, new Outcome.Throttled(Optional.empty())))
          .isInstanceOf(NextStep.Retry.class);
    }
  }

  @Test
  void anOutageThatSaysHowLongItTakesIsWaitedForAndCounts() {
    Outcome down = new Outcome.Unavailable("http_503", "down", Optional.of(Duration.ofMinutes(5)));
    NextStep.Retry again = (NextStep.Retry) after(0, LATER, down);
    assertThat(again.after()).isGreaterThanOrEqualTo(Duration.ofMinutes(5));
    assertThat(again.code()).isEqualTo("http_503");
    assertThat(after(1_000, LATER, down)).isInstanceOf(NextStep.Failed.class);
  }

  @Test
  void nothingIsTriedAgainAfterItsTime() {
    for (Instant expires : List.of(NOW, NOW.minusMillis(1))) {
      for (Outcome outcome :
          List.of(UNAVAILABLE, UNKNOWN, new Outcome.Throttled(Optional.empty()))) {
        assertThat(after(0, expires, outcome)).isEqualTo(new NextStep.Expired());
      }
    }
  }

  @Test
  void nobodyWaitsBeyondTheEnd() {
    Duration left = Duration.ofMillis(100);
    for (Outcome outcome :
        List.of(UNAVAILABLE, UNKNOWN, new Outcome.Throttled(Optional.of(Duration.ofSeconds(9))))) {
      assertThat(((NextStep.Retry) after(0, NOW.plus(left), outcome)).after()).isEqualTo(left);
    }
  }

  @Test
  void beforeAnAttemptOnlyTheEndAndADeletedItemStandInTheWay() {
    assertThat(NextStep.before(new Progress(99, LATER), false, NOW)).isEmpty();
    assertThat(NextStep.before(new Progress(0, NOW), false, NOW)).contains(new NextStep.Expired());
    assertThat(NextStep.before(new Progress(0, LATER), true, NOW))
        .get()
        .isInstanceOfSatisfying(
            NextStep.Failed.class, failed -> assertThat(failed.code()).isEqualTo("withdrawn"));
  }

  @Test
  void theScheduleDoublesUpToItsBoundAndUsesItsWholeWidth() {
    assertThat(SCHEDULE.after(1, 0)).isZero();
    assertThat(SCHEDULE.after(1, 1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(SCHEDULE.after(3, 1)).isEqualTo(Duration.ofSeconds(4));
    assertThat(SCHEDULE.after(7, 1)).isEqualTo(Duration.ofSeconds(60));
    assertThat(SCHEDULE.after(Integer.MAX_VALUE, 1)).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void onlyTroubleIsTrouble() {
    assertThat(new Outcome.Sent("r").isTrouble()).isFalse();
    assertThat(new Outcome.Refused("c", "m").isTrouble()).isFalse();
    assertThat(new Outcome.Throttled(Optional.empty()).isTrouble()).isFalse();
    assertThat(UNAVAILABLE.isTrouble()).isTrue();
    assertThat(UNKNOWN.isTrouble()).isTrue();
  }
}
