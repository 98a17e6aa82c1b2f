package io.parley.store.insight;

import io.parley.insight.Cover;
import io.parley.insight.Cover.Run;
import io.parley.insight.Cover.Stretch;
import io.parley.insight.InsightVerbs.Rank;
import io.parley.insight.InsightVerbs.Ranking;
import io.parley.insight.InsightVerbs.Top;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rankings of users and conversations by their messages. One snapshot adds up what has been
 * tallied, what has not been tallied yet, and the edges that no block covers, so the sum is exact
 * whatever is written or tallied meanwhile.
 */
final class Tallies {
  /** How long hours are kept. The edge of a range in an older day is counted from the items. */
  static final Duration HOURS_KEPT = Duration.ofDays(32);

  private static final Stretch NOTHING = new Stretch(Instant.EPOCH, Instant.EPOCH);

  private final Database database;

  Tallies(Database database) {
    this.database = database;
  }

  Future<Ranking> users(Top question) {
    return TallyProgress.query(
            database, TallySql::users, progress -> parameters(question, progress))
        .map(Tallies::ranking);
  }

  Future<Ranking> conversations(Top question) {
    return TallyProgress.query(
            database,
            TallySql::conversations,
            progress -> parameters(question, progress).addLong(question.caller()))
        .map(Tallies::ranking);
  }

  private static Tuple parameters(Top question, TallyProgress progress) {
    Cover cover = Cover.of(question.range(), progress.hoursSince());
    List<Run> runs = cover.runs();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfShort(runs.stream().map(run -> (short) run.level()).toArray(Short[]::new))
            .addArrayOfInteger(runs.stream().map(Run::first).toArray(Integer[]::new))
            .addArrayOfInteger(runs.stream().map(Run::last).toArray(Integer[]::new));
    Stretch first = cover.edges().isEmpty() ? NOTHING : cover.edges().getFirst();
    Stretch last = cover.edges().size() < 2 ? NOTHING : cover.edges().getLast();
    TallySql.addUncovered(parameters, first, last, cover.inside(), progress);
    return parameters.addLong((long) question.limit()).addLong(question.offset());
  }

  private static Ranking ranking(RowSet<Row> rows) {
    List<Rank> ranks = new ArrayList<>(rows.size());
    rows.forEach(
        row ->
            ranks.add(
                new Rank(
                    row.getLong("id"),
                    Optional.ofNullable(row.getString("name")),
                    row.getLong("messages"))));
    return new Ranking(ranks);
  }
}
