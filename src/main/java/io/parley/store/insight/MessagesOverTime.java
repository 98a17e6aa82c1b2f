package io.parley.store.insight;

import io.parley.insight.Cover.Stretch;
import io.parley.insight.InsightVerbs.StepCount;
import io.parley.insight.InsightVerbs.StepCounts;
import io.parley.insight.Steps;
import io.parley.insight.Steps.Length;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of all users by the hour or day. Steps that are wholly in the range are totals of
 * tallies; hours whose tallies are no longer kept, and the edges, are counted from the items.
 */
final class MessagesOverTime {
  private static final String STEP = "floor(extract(epoch from i.created_at) / $11)::integer";

  // $1 is the level, $2 and $3 the first step with totals and the step after the last one, $4 to
  // $10
  // what they do not cover, $11 the seconds of a step. By the primary keys of tally_total and
  // tally,
  // and by item_newest; as a heavy read
  private static final String COUNTED =
      """
      select s.step, sum(s.n)::bigint as messages
      from (
        select b.block, coalesce(
          (select t.n from tally_total t where t.level = $1::smallint and t.block = b.block),
          sum_tallies($1::smallint, b.block))
        from generate_series($2::integer, $3::integer - 1) b (block)
        union all %s
      ) s (step, n)
      where s.n > 0 group by 1
      """;

  private final Database database;

  MessagesOverTime(Database database) {
    this.database = database;
  }

  Future<StepCounts> count(Steps steps) {
    return TallyProgress.query(
            database,
            progress -> COUNTED.formatted(TallySql.uncovered(STEP, progress)),
            progress -> parameters(steps, progress))
        .map(rows -> counts(steps, rows));
  }

  private static Tuple parameters(Steps steps, TallyProgress progress) {
    long high = steps.down(steps.end());
    long low = steps.up(steps.start());
    if (steps.length() == Length.HOUR) {
      low = Math.max(low, progress.hoursSince());
    }
    boolean hasTotals = low < high;
    Instant totalsStart = hasTotals ? steps.beginning(low) : steps.end();
    Instant totalsEnd = hasTotals ? steps.beginning(high) : steps.end();
    Tuple parameters =
        Tuple.tuple()
            .addInteger(steps.length().level())
            .addInteger(hasTotals ? (int) low : 0)
            .addInteger(hasTotals ? (int) high : 0);
    TallySql.addUncovered(
        parameters,
        new Stretch(steps.start(), totalsStart),
        new Stretch(totalsEnd, steps.end()),
        new Stretch(totalsStart, totalsEnd),
        progress);
    return parameters.addLong(steps.length().seconds());
  }

  private static StepCounts counts(Steps steps, RowSet<Row> rows) {
    Map<Long, Long> counted = new HashMap<>();
    rows.forEach(row -> counted.put(row.getLong("step"), row.getLong("messages")));
    List<StepCount> counts = new ArrayList<>((int) steps.count());
    for (long step = steps.first(); step < steps.last(); step++) {
      counts.add(new StepCount(steps.beginning(step), counted.getOrDefault(step, 0L)));
    }
    return new StepCounts(counts);
  }
}
