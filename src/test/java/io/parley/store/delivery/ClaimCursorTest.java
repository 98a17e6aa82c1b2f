package io.parley.store.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.ClaimCursor.Place;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ClaimCursorTest {
  private static final OffsetDateTime DAY = OffsetDateTime.parse("2026-01-01T00:00:00Z");
  private final ClaimCursor floor = new ClaimCursor();

  private static Place at(long seconds) {
    return new Place(DAY.plusSeconds(seconds), seconds);
  }

  @Test
  void aBusyClaimBeginsWhereTheLastOneEnded() {
    assertThat(floor.from(0, true)).isEqualTo(ClaimCursor.START);
    floor.passed(at(1), true, 0, 0);
    for (int i = 1; i <= 50; i++) {
      Place from = floor.from(i, true);
      assertThat(from).isIn(at(i), at(1));
      floor.passed(at(i + 1), true, i, 0);
    }
  }

  @Test
  void whoIsNotBusyLooksBackALittle() {
    assertThat(floor.from(0, true)).isEqualTo(ClaimCursor.START);
    floor.passed(at(5), false, 0, 0);
    assertThat(floor.from(1, true)).isLessThan(at(5));
    floor.passed(at(6), false, 600, 0);
    floor.passed(at(7), false, 1_200, 0);
    assertThat(floor.from(1_201, true)).isEqualTo(at(6));
  }

  @Test
  void everyFewSecondsItLooksFromTheStartTheMoreRarelyTheLongerThatTakes() {
    assertThat(floor.from(0, true)).isEqualTo(ClaimCursor.START);
    floor.passed(at(1), true, 1_000, 1_000);
    assertThat(floor.from(20_999, true)).isNotEqualTo(ClaimCursor.START);
    assertThat(floor.from(21_000, true)).isEqualTo(ClaimCursor.START);
  }

  @Test
  void aFullLookFromTheStartGoesOnBehindWhatItFound() {
    assertThat(floor.from(0, true)).isEqualTo(ClaimCursor.START);
    floor.passed(at(100), false, 0, 0);
    assertThat(floor.from(3_000, true)).isEqualTo(ClaimCursor.START);
    floor.passed(at(10), true, 3_000, 0);
    assertThat(floor.from(3_001, true)).isEqualTo(at(10));
  }

  @Test
  void whoMayTakeMoreThanBeforeLooksFromTheStart() {
    assertThat(floor.from(0, false)).isEqualTo(ClaimCursor.START);
    floor.passed(at(1), false, 0, 0);
    assertThat(floor.from(1, true)).isEqualTo(ClaimCursor.START);
  }
}
