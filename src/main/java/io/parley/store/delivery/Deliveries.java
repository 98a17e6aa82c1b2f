package io.parley.store.delivery;

import io.parley.channel.DeliveryEntry;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.CountDeliveries;
import io.parley.channel.DispatchVerbs.DeliveryCounts;
import io.parley.channel.DispatchVerbs.FindDeliveries;
import io.parley.channel.DispatchVerbs.FindDelivery;
import io.parley.channel.DispatchVerbs.Redrive;
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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Deliveries as operators see them: listed, and redriven after they failed or expired. */
final class Deliveries {
  private static final int MAX_COUNT = 10_000;

  // by the primary keys of delivery, party and outbox
  private static final String ENTRY =
      """
      select d.id, d.conversation, d.seq, d.channel, d.provider, d.attempts, d.unknown,
        case when u.route is null then d.error_code else 'no_provider' end as error_code,
        case when u.route is null then d.error_message else no_provider_message(u.route) end as error_message,
        d.updated_at, case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end as state,
        p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from (%s) f join delivery d on d.id = f.id join party p on p.id = d.party left join outbox o on o.delivery = d.id
      cross join lateral (
        select case when d.state = 'queued' and o.lease = 0 then unserved_route(o.route) end as route offset 0
      ) u
      order by d.id desc
      """;
  private static final String ONE = ENTRY.formatted("select $1::bigint as id");

  private final Database database;
  private final DeliveryUpdates updates;

  Deliveries(Database database, DeliveryUpdates updates) {
    this.database = database;
    this.updates = updates;
  }

  Future<DispatchVerbs.Deliveries> find(FindDeliveries question) {
    DeliveryQuery query = DeliveryQuery.of(question.filter());
    String ids = query.newestFirst(question.before(), question.limit() + 1L);
    return database
        .read(ENTRY.formatted(ids), query.parameters())
        .map(rows -> page(rows, question.limit()));
  }

  Future<Result<DeliveryEntry>> find(FindDelivery question) {
    return database
        .read(ONE, Tuple.of(question.delivery()))
        .map(
            rows ->
                rows.size() == 0
                    ? Result.refused(Refusal.NOT_THERE)
                    : Result.done(entry(rows.iterator().next())));
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
            request.delivery(),
            connection -> connection.preparedQuery(ONE).execute(Tuple.of(request.delivery())))
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

  /** Counts up to ten thousand deliveries in each state. */
  Future<DeliveryCounts> count(CountDeliveries question) {
    DeliveryQuery query = DeliveryQuery.of(question.filter());
    return database
        .heavyRead(query.counts(MAX_COUNT + 1), query.parameters())
        .map(Deliveries::counts);
  }

  private static DeliveryCounts counts(RowSet<Row> rows) {
    Map<DeliveryState, Long> byState = new EnumMap<>(DeliveryState.class);
    boolean more = false;
    for (Row row : rows) {
      long number = row.getLong("number");
      DeliveryState state = DeliveryState.of(row.getString("state"));
      more |= number > MAX_COUNT;
      byState.merge(state, Math.min(number, MAX_COUNT), Long::sum);
    }
    return new DeliveryCounts(byState, more);
  }
}
