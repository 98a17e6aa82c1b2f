package io.parley.insight;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** A time range with an inclusive start and an exclusive end; either may be open. */
public record Range(Optional<Instant> start, Optional<Instant> end) {
  private static final int DATE = 10;
  private static final Duration TICK = Duration.ofMillis(1);

  public static final Range ALWAYS = new Range(Optional.empty(), Optional.empty());

  public boolean isInverted() {
    return start.isPresent() && end.isPresent() && start.get().isAfter(end.get());
  }

  /**
   * Parses a bound: a date, which means midnight UTC, or a date and time with an offset. It is
   * rounded up to milliseconds, the precision of the timestamps of items.
   */
  public static Optional<Instant> moment(String text) {
    try {
      Instant instant =
          text.length() == DATE
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              // an unescaped plus sign arrives as a space
              : OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
      Instant tick = instant.truncatedTo(ChronoUnit.MILLIS);
      return Optional.of(tick.equals(instant) ? instant : tick.plus(TICK));
    } catch (DateTimeParseException notATime) {
      return Optional.empty();
    }
  }
}
