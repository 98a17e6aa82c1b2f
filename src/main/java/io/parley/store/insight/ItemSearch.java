package io.parley.store.insight;

import io.parley.insight.InsightVerbs.Found;
import io.parley.insight.InsightVerbs.Position;
import io.parley.insight.InsightVerbs.SearchItems;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.timeline.ItemRows;
import io.parley.timeline.Item;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Full-text search over items. The index only proposes candidates: the same statement checks in the
 * tables who may see an item, whether it still exists, and what it says now. All statements of a
 * search share one snapshot.
 */
final class ItemSearch {
  private final Database database;

  ItemSearch(Database database) {
    this.database = database;
  }

  Future<Result<Found>> find(SearchItems question) {
    return database.snapshot(
        connection ->
            preparation(connection, question).compose(known -> find(connection, question, known)));
  }

  /**
   * What is known before searching.
   *
   * @param words the query, if the text contains a word to search for
   * @param completeUntil the time before which every item has its words, if there is one
   */
  private record Preparation(
      Optional<String> words,
      SearchPlan.Estimate estimate,
      Optional<OffsetDateTime> completeUntil,
      boolean seesNothing) {}

  private static Future<Preparation> preparation(SqlConnection connection, SearchItems question) {
    return connection
        .preparedQuery(SearchSql.PLAN)
        .execute(
            Tuple.of(question.caller(), question.words(), question.conversation().orElse(null)))
        .map(rows -> preparation(rows.iterator().next()));
  }

  private static Preparation preparation(Row row) {
    List<Long> conversations = UnfinishedRound.conversations(row, "named");
    boolean many =
        row.getBoolean("agent") || conversations.size() > SearchSql.MAX_NAMED_CONVERSATIONS;
    double items = row.getDouble("items");
    double seen =
        row.getLong("memberships") + (row.getBoolean("agent") ? row.getDouble("external") : 0);
    double volume =
        many ? items * seen / row.getDouble("conversations") : row.getLong("volume").doubleValue();
    Double matches = row.getDouble("matches");
    Double recentShare = row.getDouble("recent_share");
    double estimated =
        Math.max(matches == null ? 0 : matches, recentShare == null ? 0 : recentShare * items);
    return new Preparation(
        Optional.ofNullable(row.getString("words")),
        new SearchPlan.Estimate(many ? List.of() : conversations, estimated, items, volume),
        Optional.ofNullable(row.getOffsetDateTime("complete_until")),
        !many && conversations.isEmpty());
  }

  private static Future<Result<Found>> find(
      SqlConnection connection, SearchItems question, Preparation known) {
    if (known.seesNothing()) {
      return Future.succeededFuture(
          question.conversation().isPresent()
              ? Result.refused(Refusal.NOT_THERE)
              : Result.done(new Found(List.of(), Optional.empty(), 0, known.words().isPresent())));
    }
    if (known.words().isEmpty()) {
      return Future.succeededFuture(Result.done(new Found(List.of(), Optional.empty(), 0, false)));
    }
    return page(connection, question, known)
        .compose(
            rows ->
                behind(connection, question, known)
                    .map(behind -> Result.done(found(rows, question, behind))));
  }

  private static Future<RowSet<Row>> page(
      SqlConnection connection, SearchItems question, Preparation known) {
    SearchPlan plan = SearchPlan.of(known.estimate(), question.limit() + 1);
    return page(connection, question, known, plan)
        .compose(
            rows ->
                hasReachedBound(rows)
                    ? page(connection, question, known, SearchPlan.byIndex(known.estimate()))
                    : Future.succeededFuture(rows));
  }

  private static boolean hasReachedBound(RowSet<Row> rows) {
    for (Row row : rows) {
      if (row.getBoolean("at_bound")) {
        return true;
      }
    }
    return false;
  }

  private static Future<RowSet<Row>> page(
      SqlConnection connection, SearchItems question, Preparation known, SearchPlan plan) {
    Optional<Position> after = question.after();
    List<Long> named = known.estimate().named();
    return connection
        .preparedQuery(plan.sql())
        .execute(
            Tuple.tuple()
                .addLong(question.caller())
                .addString(known.words().orElseThrow())
                .addValue(after.map(each -> SqlTime.utc(each.createdAt())).orElse(null))
                .addValue(after.map(Position::conversation).orElse(null))
                .addValue(after.map(Position::seq).orElse(null))
                .addLong((long) question.limit() + 1)
                .addValue(named.isEmpty() ? null : named.toArray(Long[]::new))
                .addLong(plan.maxWalked()));
  }

  private static Future<Long> behind(
      SqlConnection connection, SearchItems question, Preparation known) {
    List<Long> named = known.estimate().named();
    Future<RowSet<Row>> rows =
        named.isEmpty()
            ? connection
                .preparedQuery(SearchSql.BEHIND)
                .execute(Tuple.of(question.caller(), known.completeUntil().orElse(null)))
            : connection
                .preparedQuery(SearchSql.BEHIND_IN_NAMED)
                .execute(Tuple.of(named.toArray(Long[]::new)));
    return rows.map(found -> found.iterator().next().getLong("behind"));
  }

  private static Found found(RowSet<Row> rows, SearchItems question, long behind) {
    List<Item> items = new ArrayList<>(rows.size());
    Optional<Position> last = Optional.empty();
    Optional<Position> next = Optional.empty();
    int hits = 0;
    for (Row row : rows) {
      if (hits++ == question.limit() || row.getBoolean("truncated")) {
        next = last;
        break;
      }
      last = Optional.of(position(row));
      if (row.getBoolean("holds")) {
        items.add(ItemRows.item(row));
      }
    }
    return new Found(items, next, behind, true);
  }

  private static Position position(Row row) {
    return new Position(
        SqlTime.instant(row, "hit_at"), row.getLong("hit_conversation"), row.getLong("hit_seq"));
  }
}
