package io.parley.store.insight;

import static org.assertj.core.api.Assertions.assertThat;

import io.parley.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code rank_tallies} against a plain sum, and how much of the tallies it reads. */
@Tag("integration")
class RankTalliesTest {
  private static final int SUBJECTS = 2_000;
  private static final int BLOCKS = 60;

  private final TestDatabase database = TestDatabase.create();
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Subject s has about {@code volume} / s ^ {@code skew} messages in every second block. */
  private void fill(int volume, double skew) {
    System.out.println("seed " + seed);
    database.run(
        """
        select setseed(%s);
        insert into tally (kind, level, block, subject, n)
          select 'u', 1, b, s, greatest(1, floor(%d * random() / power(s, %s)))
          from generate_series(0, %d) b cross join generate_series(1, %d) s where random() < 0.5;
        analyze tally
        """
            .formatted(random.nextDouble(), volume, skew, BLOCKS - 1, SUBJECTS));
  }

  private void equalsAPlainSum() {
    for (int i = 0; i < 12; i++) {
      int first = random.nextInt(BLOCKS) - (i % 3 == 0 ? 90_000 : 0);
      int last = first + (i % 4 == 0 ? 1 : 1 + random.nextInt(i % 3 == 0 ? 180_000 : BLOCKS));
      String added = "array[%d, 3000]".formatted(1 + random.nextInt(SUBJECTS));
      String counts = "array[%d, %d]".formatted(random.nextInt(500), 1 + random.nextInt(500));
      int most = i % 5 == 0 ? 600 : 1 + random.nextInt(30);
      String ranked =
          "select subject, messages from rank_tallies('u', array[1::smallint], array[%d], array[%d], %s, %s, %d)"
              .formatted(first, last, added, counts, most);
      String summed =
          """
          select c.subject, sum(c.n)::bigint from (
            select t.subject, t.n from tally t where t.level = 1 and t.block >= %d and t.block < %d
            union all select * from unnest(%s, %s)
          ) c group by 1 order by 2 desc, 1 limit %d
          """
              .formatted(first, last, added, counts, most);
      assertThat(database.rows(ranked)).describedAs(ranked).isEqualTo(database.rows(summed));
    }
  }

  @Test
  void unevenCountsAreDecidedByTheTopOfEachBlock() throws SQLException {
    fill(100_000, 1.5);
    equalsAPlainSum();
    try (Connection session = database.connect()) {
      session.setAutoCommit(false);
      List<List<String>> top =
          TestDatabase.rows(
              session,
              "select subject from rank_tallies('u', array[1::smallint], array[0], array[%d], null, null, 5)"
                  .formatted(BLOCKS));
      assertThat(top).hasSize(5);
      long read =
          Long.parseLong(
              TestDatabase.rows(
                      session,
                      "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'tally'")
                  .getFirst()
                  .getFirst());
      assertThat(read).isLessThan(SUBJECTS * BLOCKS / 2 / 4);
      session.rollback();
    }
  }

  @Test
  void evenCountsAreAddedUp() {
    fill(3, 0);
    equalsAPlainSum();
  }

  @Test
  void aCountOfOneInTheOnlyBlockTiesWithAnAddedOne() {
    database.run("insert into tally (kind, level, block, subject, n) values ('u', 1, 0, 5, 1)");
    assertThat(
            database.rows(
                "select subject from rank_tallies('u', array[1::smallint], array[0], array[9], array[7], array[1], 1)"))
        .containsExactly(List.of("5"));
  }

  @Test
  void nothingIsRankedWithoutTallies() {
    assertThat(
            database.rows(
                "select subject from rank_tallies('u', array[1::smallint], array[0], array[9], null, null, 5)"))
        .isEmpty();
  }
}
