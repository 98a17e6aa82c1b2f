package io.parley.insight;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A partition of a time range into the fewest runs of tallied blocks, and the intervals at its
 * edges whose items must be counted one by one. Blocks of each level nest in those of the next
 * level; the last level is a single block for all time.
 *
 * @param edges the intervals outside all blocks
 * @param inside the interval of all blocks
 */
public record Cover(List<Run> runs, List<Stretch> edges, Stretch inside) {
  /** The blocks of a level from {@code first} to before {@code last}. */
  public record Run(int level, int first, int last) {}

  /** The interval from {@code start} to before {@code end}. */
  public record Stretch(Instant start, Instant end) {
    public boolean isEmpty() {
      return !start.isBefore(end);
    }
  }

  private static final int[] HOURS = {1, 24, 192, 1_536};
  private static final int COARSEST = HOURS.length - 1;
  private static final int ALL = HOURS.length;
  private static final long SECONDS = 3_600;

  // beyond any time that a client can name, and on a bound of every level
  private static final int LAST = HOURS[COARSEST] * 100_000;
  private static final int FIRST = -LAST;
  private static final Stretch EVERYTHING = new Stretch(instant(FIRST), instant(LAST));

  /** The number of the hour that contains {@code instant}. */
  public static int hour(Instant instant) {
    return (int) Math.floorDiv(instant.getEpochSecond(), SECONDS);
  }

  /** The cover of {@code range}; hours before {@code since} are tallied by day only. */
  public static Cover of(Range range, int since) {
    if (range.equals(Range.ALWAYS)) {
      return new Cover(List.of(new Run(ALL, 0, 1)), List.of(), EVERYTHING);
    }
    Instant start = range.start().orElse(EVERYTHING.start());
    Instant end = range.end().orElse(EVERYTHING.end());
    int low = low(start, since);
    int high = high(end, since);
    if (low >= high) {
      Stretch nothing = new Stretch(end, end);
      return new Cover(List.of(), edges(List.of(new Stretch(start, end))), nothing);
    }
    Stretch inside = new Stretch(instant(low), instant(high));
    return new Cover(
        runs(low, high),
        edges(List.of(new Stretch(start, inside.start()), new Stretch(inside.end(), end))),
        inside);
  }

  private static int low(Instant start, int since) {
    int hour = hour(start);
    int next = instant(hour).equals(start) ? hour : hour + 1;
    return next >= since ? next : up(next, HOURS[1]);
  }

  private static int high(Instant end, int since) {
    int hour = hour(end);
    int midnight = down(hour, HOURS[1]);
    return midnight >= since ? hour : midnight;
  }

  private static List<Run> runs(int low, int high) {
    List<Run> runs = new ArrayList<>();
    int from = low;
    int to = high;
    for (int level = 0; level < COARSEST; level++) {
      int longer = HOURS[level + 1];
      int up = up(from, longer);
      int down = down(to, longer);
      if (up >= down) {
        break;
      }
      add(runs, level, from, up);
      add(runs, level, down, to);
      from = up;
      to = down;
    }
    return rest(runs, from, to);
  }

  /** Covers the rest, which contains no complete block of a higher level, by the longest blocks. */
  private static List<Run> rest(List<Run> runs, int from, int to) {
    int level = COARSEST;
    while (from % HOURS[level] != 0 || to % HOURS[level] != 0) {
      level--;
    }
    add(runs, level, from, to);
    return List.copyOf(runs);
  }

  private static void add(List<Run> runs, int level, int from, int to) {
    if (from < to) {
      runs.add(new Run(level, from / HOURS[level], to / HOURS[level]));
    }
  }

  private static List<Stretch> edges(List<Stretch> stretches) {
    return stretches.stream().filter(each -> !each.isEmpty()).toList();
  }

  private static int up(int hour, int length) {
    return Math.ceilDiv(hour, length) * length;
  }

  private static int down(int hour, int length) {
    return Math.floorDiv(hour, length) * length;
  }

  private static Instant instant(int hour) {
    return Instant.ofEpochSecond(hour * SECONDS);
  }
}
