package io.parley.store.delivery;

import io.parley.channel.Attempt;
import io.parley.channel.AttemptEntry;
import io.parley.channel.BreakerState;
import io.parley.channel.DispatchVerbs.FindAttempts;
import io.parley.channel.DispatchVerbs.FoundAttempts;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
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
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The attempts to send deliveries: recorded in the transaction of their settlement, listed, and
 * deleted after thirty days. A node whose lease has expired settles nothing, but what it did is
 * recorded all the same.
 */
final class Attempts {
  private static final int MAX_CODE = 64;
  private static final int MAX_MESSAGE = 500;

  // by the primary keys of outbox and attempt; next_due_at is what the settlement has just written
  private static final String RECORD =
      """
      insert into attempt (delivery, redrive, lease, provider, began_at, ended_at, outcome, status, code, message, breaker,
        request, response, next_due_at)
      select a.*, o.due_at
      from unnest($1::bigint[], $2::integer[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
        $8::integer[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
        a (delivery, redrive, lease, provider, began_at, ended_at, outcome, status, code, message, breaker, request, response)
      left join lateral (
        select p.due_at from outbox p where p.delivery = a.delivery and p.lease = a.lease and p.leased_until is null offset 0
      ) o on true
      order by a.delivery
      on conflict (delivery, redrive, lease) do update set ended_at = excluded.ended_at, outcome = excluded.outcome,
        status = excluded.status, code = excluded.code, message = excluded.message, breaker = excluded.breaker,
        request = excluded.request, response = excluded.response
      """;

  // by the primary keys of delivery and attempt
  private static final String FIND =
      """
      select d.id, a.* from delivery d left join (
        select t.*, row_number() over (order by t.redrive, t.lease) as number from attempt t
        where t.delivery = $1 order by t.redrive, t.lease offset $2 limit $3
      ) a on true
      where d.id = $1 order by a.number
      """;

  // by attempt_ended
  private static final String DELETE_OLD =
      """
      delete from attempt where ctid = any (array(
        select a.ctid from attempt a where a.ended_at < clock_timestamp() - interval '30 days'
        order by a.ended_at limit 10000))
      """;

  private final Database database;

  Attempts(Database database) {
    this.database = database;
  }

  /** Records the attempts that the settlements tell of. The caller has settled them. */
  static Future<Void> record(SqlConnection connection, List<Settlement> settlements) {
    List<Settlement> asked =
        settlements.stream().filter(each -> each.attempt().isPresent()).toList();
    return asked.isEmpty()
        ? Future.succeededFuture()
        : connection.preparedQuery(RECORD).execute(parameters(asked)).mapEmpty();
  }

  private static Tuple parameters(List<Settlement> settlements) {
    List<Attempt> attempts =
        settlements.stream().map(each -> each.attempt().orElseThrow()).toList();
    return Tuple.tuple()
        .addArrayOfLong(settlements.stream().map(Settlement::delivery).toArray(Long[]::new))
        .addArrayOfInteger(attempts.stream().map(Attempt::redrive).toArray(Integer[]::new))
        .addArrayOfLong(settlements.stream().map(Settlement::lease).toArray(Long[]::new))
        .addArrayOfString(texts(attempts, Attempt::provider))
        .addArrayOfOffsetDateTime(times(attempts, each -> SqlTime.utc(each.beganAt())))
        .addArrayOfOffsetDateTime(times(attempts, each -> SqlTime.utc(each.endedAt())))
        .addArrayOfString(texts(attempts, each -> each.outcome().word()))
        .addArrayOfInteger(attempts.stream().map(Attempts::status).toArray(Integer[]::new))
        .addArrayOfString(texts(attempts, each -> cut(each.outcome().errorCode(), MAX_CODE)))
        .addArrayOfString(texts(attempts, each -> cut(each.outcome().errorMessage(), MAX_MESSAGE)))
        .addArrayOfString(texts(attempts, each -> each.breaker().text()))
        .addArrayOfString(texts(attempts, each -> each.request().orElse(null)))
        .addArrayOfString(texts(attempts, each -> each.response().orElse(null)));
  }

  private static @Nullable Integer status(Attempt attempt) {
    return attempt.status().isPresent() ? attempt.status().getAsInt() : null;
  }

  private static @Nullable String cut(Optional<String> text, int max) {
    return text.map(given -> DeliveryUpdate.cut(given, max)).orElse(null);
  }

  private static String[] texts(List<Attempt> attempts, Function<Attempt, @Nullable String> field) {
    String[] texts = new String[attempts.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = field.apply(attempts.get(i));
    }
    return texts;
  }

  private static OffsetDateTime[] times(
      List<Attempt> attempts, Function<Attempt, OffsetDateTime> field) {
    return attempts.stream().map(field).toArray(OffsetDateTime[]::new);
  }

  /** The attempts of one delivery, the oldest first. */
  Future<Result<FoundAttempts>> find(FindAttempts question) {
    return database
        .read(FIND, Tuple.of(question.delivery(), question.after(), (long) question.limit() + 1))
        .map(rows -> found(rows, question.limit()));
  }

  private static Result<FoundAttempts> found(RowSet<Row> rows, int limit) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    List<AttemptEntry> entries = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getLong("number") != null) {
        entries.add(entry(row));
      }
    }
    boolean more = entries.size() > limit;
    return Result.done(new FoundAttempts(more ? entries.subList(0, limit) : entries, more));
  }

  private static AttemptEntry entry(Row row) {
    Integer status = row.getInteger("status");
    return new AttemptEntry(
        row.getLong("number"),
        row.getString("provider"),
        SqlTime.instant(row, "began_at"),
        SqlTime.instant(row, "ended_at"),
        row.getString("outcome"),
        status == null ? OptionalInt.empty() : OptionalInt.of(status),
        Optional.ofNullable(row.getString("code")),
        Optional.ofNullable(row.getString("message")),
        Optional.ofNullable(row.getString("breaker")).map(BreakerState::of),
        Optional.ofNullable(row.getOffsetDateTime("next_due_at")).map(OffsetDateTime::toInstant),
        Optional.ofNullable(row.getString("request")),
        Optional.ofNullable(row.getString("response")));
  }

  /** Deletes attempts that ended more than thirty days ago. */
  Future<Integer> deleteOld() {
    return database.write(DELETE_OLD, Tuple.tuple()).map(rows -> rows.rowCount());
  }
}
