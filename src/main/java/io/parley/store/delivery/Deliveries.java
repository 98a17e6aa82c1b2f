package io.parley.store.delivery;

import io.parley.channel.DeliveryEntry;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.FindDeliveries;
import io.parley.channel.DispatchVerbs.FindDelivery;
import io.parley.channel.DispatchVerbs.Redrive;
import io.parley.channel.DispatchVerbs.RedriveAll;
import io.parley.channel.DispatchVerbs.Redriven;
import io.parley.store.db.Database;
import io.parley.store.db.SqlTime;
import io.parley.store.identity.PartyRows;
import io.parley.timeline.Channel;
import io.parley.timeline.Delivery;
import io.parley.timeline.DeliveryState;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Deliveries as operators see them: listed, and redriven after they failed or expired. */
final class Deliveries {
  private static final int MAX_REDRIVEN = 10_000;

  // by the primary keys of delivery, party and outbox; failed and expired ones by delivery_over
  private static final String ENTRY =
      """
      select d.id, d.conversation, d.seq, d.channel, d.provider, d.attempts, d.unknown, d.error_code, d.error_message,
        d.updated_at, case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end as state,
        p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
      """;

  // by delivery_over
  private static final String FIND_ENDED =
      """
      select d.id from delivery d
      where d.state in ('failed', 'expired') and d.id > $1 and ($2::text is null or d.state = $2)
        and ($3::text is null or d.provider = $3)
      order by d.id limit 500
      """;

  private final Database database;
  private final DeliveryUpdates updates;

  Deliveries(Database database, DeliveryUpdates updates) {
    this.database = database;
    this.updates = updates;
  }

  Future<DispatchVerbs.Deliveries> find(FindDeliveries question) {
    Tuple parameters = Tuple.of((long) question.limit() + 1);
    String where = conditions(question, parameters);
    return database
        .heavyRead(ENTRY + where + " order by d.id desc limit $1", parameters)
        .map(rows -> page(rows, question.limit()));
  }

  Future<Result<DeliveryEntry>> find(FindDelivery question) {
    return database
        .read(ENTRY + "where d.id = $1", Tuple.of(question.delivery()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(entry(rows.iterator().next())));
  }

  private static String conditions(FindDeliveries question, Tuple parameters) {
    List<String> conditions = new ArrayList<>();
    question
        .state()
        .ifPresent(
            state -> {
              parameters.addString(state.text());
              conditions.add(hasState(state, parameters.size()));
            });
    question
        .provider()
        .ifPresent(
            provider -> {
              parameters.addString(provider);
              conditions.add("d.provider = $" + parameters.size());
            });
    question
        .before()
        .ifPresent(
            before -> {
              parameters.addLong(before);
              conditions.add("d.id < $" + parameters.size());
            });
    return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
  }

  // pending and failed deliveries are few among all there ever were, so each condition names what
  // an index is for
  private static String hasState(DeliveryState state, int parameter) {
    String shown =
        "case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end = $"
            + parameter;
    return switch (state) {
      case QUEUED, SENDING -> "o.delivery is not null and " + shown;
      case FAILED, EXPIRED -> "d.state in ('failed', 'expired') and " + shown;
      case SENT, DELIVERED -> shown;
    };
  }

  private static DispatchVerbs.Deliveries page(RowSet<Row> rows, int limit) {
    List<DeliveryEntry> entries = new ArrayList<>(rows.size());
    rows.forEach(row -> entries.add(entry(row)));
    boolean more = entries.size() > limit;
    return new DispatchVerbs.Deliveries(
        more ? List.copyOf(entries.subList(0, limit)) : entries, more);
  }

  private static DeliveryEntry entry(Row row) {
    String code = row.getString("error_code");
    String message = row.getString("error_message");
    Delivery delivery =
        new Delivery(
            row.getLong("id"),
            PartyRows.party(row, "party_"),
            Channel.of(row.getString("channel")),
            Optional.ofNullable(row.getString("provider")),
            DeliveryState.of(row.getString("state")),
            row.getInteger("attempts"),
            row.getInteger("unknown"),
            code == null
                ? Optional.empty()
                : Optional.of(new Delivery.Trouble(code, message == null ? "" : message)),
            SqlTime.instant(row, "updated_at"));
    return new DeliveryEntry(row.getLong("conversation"), row.getLong("seq"), delivery);
  }

  Future<Result<DeliveryEntry>> redrive(Redrive request) {
    return updates
        .redrive(
            List.of(request.delivery()),
            connection ->
                connection
                    .preparedQuery(ENTRY + "where d.id = $1")
                    .execute(Tuple.of(request.delivery())))
        .map(done -> redriven(done.count(), done.read()));
  }

  private static Result<DeliveryEntry> redriven(int count, RowSet<Row> rows) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    return count == 0
        ? Result.refused(Refusal.NOT_OVER)
        : Result.done(entry(rows.iterator().next()));
  }

  Future<Redriven> redrive(RedriveAll request) {
    return redrive(request, 0, 0);
  }

  private Future<Redriven> redrive(RedriveAll request, long after, int redriven) {
    Tuple parameters =
        Tuple.of(
            after,
            request.state().map(DeliveryState::text).orElse(null),
            request.provider().orElse(null));
    return database
        .write(FIND_ENDED, parameters)
        .compose(
            rows -> {
              List<Long> ids = new ArrayList<>();
              rows.forEach(row -> ids.add(row.getLong("id")));
              if (ids.isEmpty() || redriven >= MAX_REDRIVEN) {
                return Future.succeededFuture(new Redriven(redriven, !ids.isEmpty()));
              }
              return updates
                  .redrive(ids)
                  .compose(count -> redrive(request, ids.getLast(), redriven + count));
            });
  }
}
