package io.parley.json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Timestamps as clients see them: RFC 3339, UTC, always with milliseconds. */
public final class Times {
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

  private Times() {}

  /** Whether it can be written: RFC 3339 has years of four digits. */
  public static boolean isTold(Instant instant) {
    return !instant.isBefore(FIRST) && instant.isBefore(END);
  }

  /** The time in {@code text}; empty if there is none. */
  public static Optional<Instant> read(String text) {
    try {
      return Optional.of(Instant.parse(text)).filter(Times::isTold);
    } catch (DateTimeException noTime) {
      return Optional.empty();
    }
  }

  /**
   * The text of a time, written digit by digit: a page of items holds hundreds of them, and a
   * formatter costs a microsecond each.
   */
  public static String text(Instant instant) {
    if (!isTold(instant)) {
      throw new IllegalArgumentException("a time outside RFC 3339: " + instant);
    }
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
    char[] text = "0000-00-00T00:00:00.000Z".toCharArray();
    put(text, 0, 4, time.getYear());
    put(text, 5, 2, time.getMonthValue());
    put(text, 8, 2, time.getDayOfMonth());
    put(text, 11, 2, time.getHour());
    put(text, 14, 2, time.getMinute());
    put(text, 17, 2, time.getSecond());
    put(text, 20, 3, time.getNano() / 1_000_000);
    return new String(text);
  }

  private static void put(char[] text, int at, int digits, int number) {
    int rest = number;
    for (int i = at + digits - 1; i >= at; i--) {
      text[i] = (char) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
