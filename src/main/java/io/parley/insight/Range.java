package io.parley.insight;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** A stretch of time: from its start on, up to but not including its end; either may be open. */
public record Range(Optional<Instant> start, Optional<Instant> end) {
  private static final int DATE = 10;
  private static final Duration TICK = Duration.ofMillis(1);

  public static final Range ALWAYS = new Range(Optional.empty(), Optional.empty());

  public boolean isInverted() {
    return start.isPresent() && end.isPresent() && start.get().isAfter(end.get());
  }

  /**
   * What {@code text} names: a date, which is its midnight in UTC, or a date and time with an
   * offset. Items are stamped in milliseconds, so a bound between two of them means the later one.
   */
  public static Optional<Instant> moment(String text) {
    try {
      Instant instant =
          text.length() == DATE
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              // a plus that was not escaped arrives as a space
              : OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
      Instant tick = instant.truncatedTo(ChronoUnit.MILLIS);
      return Optional.of(tick.equals(instant) ? instant : tick.plus(TICK));
    } catch (DateTimeParseException notATime) {
      return Optional.empty();
    }
  }
}
