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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of all users by the hour or day. Steps that are wholly in the range are totals of
 * tallies; hours whose tallies are no longer kept, and the edges, are counted from the items.
 */
final class MessagesOverTime {
  private static final String STEP = "floor(extract(epoch from i.created_at) / $10)::integer";

  // $1 is the level, $2 and $3 the first step with totals and the step after the last one, $4 to $7
  // the edges, $8 and $9 the time between them, $10 the seconds of a step, $11 the time before
  // which everything is tallied. By the primary keys of tally_total and tally, and by item_created;
  // as a heavy read
  private static final String COUNTED =
      """
      select s.step, sum(s.n)::bigint as messages
      from (
        select b.block, coalesce(
          (select t.n from tally_total t where t.level = $1::smallint and t.block = b.block),
          sum_tallies($1::smallint, b.block))
        from generate_series($2::integer, $3::integer - 1) b (block)
        union all %s union all %s union all %s
      ) s (step, n)
      where s.n > 0 group by 1
      """;

  private final Database database;

  MessagesOverTime(Database database) {
    this.database = database;
  }

  Future<StepCounts> count(Steps steps) {
    return database.snapshot(
        connection ->
            TallyProgress.read(connection)
                .compose(
                    progress ->
                        connection
                            .preparedQuery(sql(progress.completeUntil().isPresent()))
                            .execute(parameters(steps, progress)))
                .map(rows -> counts(steps, rows)));
  }

  private static String sql(boolean caughtUp) {
    return COUNTED.formatted(
        TallySql.counted(STEP, "$4", "$5"),
        TallySql.counted(STEP, "$6", "$7"),
        TallySql.untallied(STEP, "$8", "$9", "$11", caughtUp));
  }

  private static Tuple parameters(Steps steps, TallyProgress progress) {
    long high = steps.down(steps.end());
    long low = steps.up(steps.start());
    if (steps.length() == Length.HOUR) {
      low = Math.max(low, progress.hoursSince());
    }
    Tuple parameters = Tuple.tuple();
    if (low < high) {
      parameters.addInteger(steps.length().level()).addInteger((int) low).addInteger((int) high);
      Tallies.add(parameters, new Stretch(steps.start(), steps.beginning(low)));
      Tallies.add(parameters, new Stretch(steps.beginning(high), steps.end()));
      Tallies.add(parameters, new Stretch(steps.beginning(low), steps.beginning(high)));
    } else {
      parameters.addInteger(steps.length().level()).addInteger(0).addInteger(0);
      Stretch nothing = new Stretch(steps.end(), steps.end());
      Tallies.add(parameters, new Stretch(steps.start(), steps.end()));
      Tallies.add(parameters, nothing);
      Tallies.add(parameters, nothing);
    }
    return parameters
        .addLong(steps.length().seconds())
        .addOffsetDateTime(progress.completeUntil().orElse(null));
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
