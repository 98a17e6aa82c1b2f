package io.parley.insight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class RangeTest {
  @ParameterizedTest
  @CsvSource({
    "2026-01-31, 2026-01-31T00:00:00Z",
    "2026-01-31T10:00Z, 2026-01-31T10:00:00Z",
    "2026-01-31T10:00:00.5+02:00, 2026-01-31T08:00:00.500Z",
    "2026-01-31T10:00:00 02:00, 2026-01-31T08:00:00Z",
    "2026-01-31t23:30:00-05:30, 2026-02-01T05:00:00Z",
    "2026-01-31T10:00:00.000000001Z, 2026-01-31T10:00:00.001Z",
    "0000-01-01, 0000-01-01T00:00:00Z",
  })
  void readsDatesAndTimes(String text, Instant moment) {
    assertThat(Range.moment(text)).contains(moment);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2026-02-30", "2026-13-01", "2026-01-31T25:00Z", "2026-01-31T10:00+25:00", ""})
  void refusesWhatIsNoTime(String text) {
    assertThat(Range.moment(text)).isEmpty();
  }

  @Test
  void isInvertedWhenItEndsBeforeItStarts() {
    Optional<Instant> now = Optional.of(Instant.EPOCH);
    Optional<Instant> later = Optional.of(Instant.EPOCH.plusMillis(1));
    assertThat(new Range(later, now).isInverted()).isTrue();
    assertThat(new Range(now, now).isInverted()).isFalse();
    assertThat(new Range(now, later).isInverted()).isFalse();
    assertThat(new Range(later, Optional.empty()).isInverted()).isFalse();
    assertThat(new Range(Optional.empty(), now).isInverted()).isFalse();
  }
}
