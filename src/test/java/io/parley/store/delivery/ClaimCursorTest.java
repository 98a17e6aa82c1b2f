package io.parley.store.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.store.delivery.ClaimCursor.Position;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ClaimCursorTest {
  private static final OffsetDateTime DAY = OffsetDateTime.parse("2026-01-01T00:00:00Z");
  private final ClaimCursor cursor = new ClaimCursor();

  private static Position at(long seconds) {
    return new Position(DAY.plusSeconds(seconds), seconds);
  }

  @Test
  void aBusyClaimStartsWhereTheLastOneEnded() {
    assertThat(cursor.startOf(0, true)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(1), true, 0, 0);
    for (int i = 1; i <= 50; i++) {
      Position from = cursor.startOf(i, true);
      assertThat(from).isIn(at(i), at(1));
      cursor.advance(at(i + 1), true, i, 0);
    }
  }

  @Test
  void anIdleClaimLooksBackALittle() {
    assertThat(cursor.startOf(0, true)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(5), false, 0, 0);
    assertThat(cursor.startOf(1, true)).isLessThan(at(5));
    cursor.advance(at(6), false, 600, 0);
    cursor.advance(at(7), false, 1_200, 0);
    assertThat(cursor.startOf(1_201, true)).isEqualTo(at(6));
  }

  @Test
  void rescansEveryFewSecondsAndLessOftenTheLongerThatTakes() {
    assertThat(cursor.startOf(0, true)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(1), true, 1_000, 1_000);
    assertThat(cursor.startOf(20_999, true)).isNotEqualTo(ClaimCursor.START);
    assertThat(cursor.startOf(21_000, true)).isEqualTo(ClaimCursor.START);
  }

  @Test
  void aFullRescanContinuesBehindItsLastRow() {
    assertThat(cursor.startOf(0, true)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(100), false, 0, 0);
    assertThat(cursor.startOf(3_000, true)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(10), true, 3_000, 0);
    assertThat(cursor.startOf(3_001, true)).isEqualTo(at(10));
  }

  @Test
  void aClaimThatMayTakeMoreThanBeforeStartsFromTheBeginning() {
    assertThat(cursor.startOf(0, false)).isEqualTo(ClaimCursor.START);
    cursor.advance(at(1), false, 0, 0);
    assertThat(cursor.startOf(1, true)).isEqualTo(ClaimCursor.START);
  }
}
