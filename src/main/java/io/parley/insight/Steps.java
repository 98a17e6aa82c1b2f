package io.parley.insight;

import java.time.Duration;
import java.time.Instant;

/**
 * A time range in steps of whole hours or days in UTC. The first and the last step may be only
 * partly in the range.
 *
 * @param start inclusive
 * @param end exclusive, not before the start
 */
public record Steps(Instant start, Instant end, Length length) {
  /** The most steps of an answer. */
  public static final int MOST = 1_000;

  /** The length of a step, which is also that of a level of tallied blocks. */
  public enum Length {
    HOUR(0, Duration.ofHours(1)),
    DAY(1, Duration.ofDays(1));

    private final int level;
    private final long seconds;

    Length(int level, Duration duration) {
      this.level = level;
      this.seconds = duration.toSeconds();
    }

    /** The level of its blocks, as in {@link Cover}. */
    public int level() {
      return level;
    }

    public long seconds() {
      return seconds;
    }
  }

  /** The number of the first step, counted from 1970. */
  public long first() {
    return Math.floorDiv(start.getEpochSecond(), length.seconds());
  }

  /** The number of the step after the last one. */
  public long last() {
    return start.equals(end) ? first() : up(end);
  }

  public long count() {
    return last() - first();
  }

  /** When step {@code number} begins. */
  public Instant beginning(long number) {
    return Instant.ofEpochSecond(number * length.seconds());
  }

  /** The first step that begins at {@code moment} or later. */
  public long up(Instant moment) {
    long number = Math.floorDiv(moment.getEpochSecond(), length.seconds());
    return beginning(number).equals(moment) ? number : number + 1;
  }

  /** The first step that ends after {@code moment}. */
  public long down(Instant moment) {
    return Math.floorDiv(moment.getEpochSecond(), length.seconds());
  }
}
