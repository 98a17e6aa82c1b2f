package io.parley.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.insight.Cover.Run;
import io.parley.insight.Cover.Stretch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** However a range lies: its cover holds every moment of it once, and nothing else. */
@Tag("fast")
class CoverTest {
  private static final int[] HOURS = {1, 24, 192, 1_536};
  private static final long HOUR_MS = 3_600_000;
  private static final long YEAR_MS = 366 * 24 * HOUR_MS;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private Instant moment() {
    long base = 1_700_000_000_000L + random.nextLong(2 * YEAR_MS);
    long unit =
        new long[] {1, HOUR_MS, 24 * HOUR_MS, 192 * HOUR_MS, 1_536 * HOUR_MS}[random.nextInt(5)];
    return Instant.ofEpochMilli(base / unit * unit);
  }

  private static Stretch stretch(Run run) {
    long length = HOURS[run.level()] * HOUR_MS;
    return new Stretch(
        Instant.ofEpochMilli(run.first() * length), Instant.ofEpochMilli(run.last() * length));
  }

  @Test
  void coversEveryMomentOnce() {
    System.out.println("seed " + seed);
    for (int i = 0; i < 50_000; i++) {
      Instant one = moment();
      Instant other = random.nextInt(5) == 0 ? one.plusMillis(random.nextInt(7_200_000)) : moment();
      Instant start = one.isBefore(other) ? one : other;
      Instant end = one.isBefore(other) ? other : one;
      int since = random.nextInt(3) == 0 ? Integer.MIN_VALUE : Cover.hour(moment());
      check(new Range(Optional.of(start), Optional.of(end)), since);
    }
  }

  private static void check(Range range, int since) {
    Cover cover = Cover.of(range, since);
    List<Stretch> all = new ArrayList<>(cover.edges());
    cover.runs().forEach(run -> all.add(stretch(run)));
    all.sort(Comparator.comparing(Stretch::start));
    Instant at = range.start().orElseThrow();
    for (Stretch each : all) {
      assertThat(each.start()).describedAs("%s of %s, since %s", cover, range, since).isEqualTo(at);
      assertThat(each.end()).isAfter(each.start());
      at = each.end();
    }
    assertThat(at).describedAs("%s of %s", cover, range).isEqualTo(range.end().orElseThrow());
    assertThat(cover.runs())
        .allMatch(run -> run.level() > 0 || run.first() >= since, "hours forgotten");
    assertThat(cover.edges()).hasSizeLessThanOrEqualTo(2);
    assertThat(cover.edges())
        .allMatch(edge -> edge.end().toEpochMilli() - edge.start().toEpochMilli() <= 48 * HOUR_MS);
    assertThat(cover.runs()).hasSizeLessThanOrEqualTo(7);
    assertThat(cover.runs().stream().mapToInt(run -> run.last() - run.first()).sum())
        .isLessThanOrEqualTo(2 * (23 + 7 + 7) + 12 + 2);
  }

  @Test
  void anOpenRangeIsCoveredByLongBlocksOnItsOpenSide() {
    Instant moment = Instant.parse("2026-03-05T06:07:08Z");
    Cover from = Cover.of(new Range(Optional.of(moment), Optional.empty()), Integer.MIN_VALUE);
    assertThat(from.edges())
        .containsExactly(new Stretch(moment, Instant.parse("2026-03-05T07:00:00Z")));
    assertThat(from.runs()).hasSizeLessThanOrEqualTo(4);
    Cover until = Cover.of(new Range(Optional.empty(), Optional.of(moment)), Integer.MIN_VALUE);
    assertThat(until.edges())
        .containsExactly(new Stretch(Instant.parse("2026-03-05T06:00:00Z"), moment));
  }

  @Test
  void alwaysIsOneBlock() {
    assertThat(Cover.of(Range.ALWAYS, 0).runs()).containsExactly(new Run(4, 0, 1));
    assertThat(Cover.of(Range.ALWAYS, 0).edges()).isEmpty();
  }

  @Test
  void nothingIsCoveredByNothing() {
    Optional<Instant> moment = Optional.of(Instant.parse("2026-03-05T06:07:08Z"));
    Cover cover = Cover.of(new Range(moment, moment), 0);
    assertThat(cover.runs()).isEmpty();
    assertThat(cover.edges()).isEmpty();
    assertThat(cover.inside().isEmpty()).isTrue();
  }
}
