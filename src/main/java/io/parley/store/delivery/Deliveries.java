package io.parley.store.delivery;

import io.parley.channel.Channel;
import io.parley.channel.DeliveriesDue;
import io.parley.channel.DeliveryEntry;
import io.parley.channel.DeliveryState;
import io.parley.channel.DispatchVerbs;
import io.parley.channel.DispatchVerbs.FindDeliveries;
import io.parley.channel.DispatchVerbs.Redrive;
import io.parley.channel.DispatchVerbs.RedriveAll;
import io.parley.channel.DispatchVerbs.Redriven;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.conversation.ConversationEvents;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.parley.store.timeline.TimelineRows;
import io.parley.timeline.Delivery;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of deliveries. Every change takes a rev of its conversation, by the rule of locking
 * first, and is told as the item's update; its JSON is read under the lock, so that it is the item
 * as it was at that rev.
 */
public final class Deliveries {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
  static final int BATCH = 500;
  private static final int MOST_REDRIVEN = 10_000;

  private final Database database;
  private final Consumer<TimelineChanged> news;
  private final Consumer<DeliveriesDue> made;

  public Deliveries(
      Database database, Consumer<TimelineChanged> news, Consumer<DeliveriesDue> made) {
    this.database = database;
    this.news = news;
    this.made = made;
  }

  public Future<Settled> settle(Settle wanted) {
    return settled(wanted.settlements()).map(Settled::new);
  }

  // what cannot be settled fails alone
  private Future<Integer> settled(List<Settlement> settlements) {
    if (settlements.isEmpty()) {
      return Future.succeededFuture(0);
    }
    return move(settlements.stream().map(DeliveryUpdate::of).toList())
        .recover(
            failure -> {
              if (SqlErrors.judged(failure, true) instanceof io.parley.flow.Outage) {
                return Future.failedFuture(failure);
              }
              return settlements.size() == 1
                  ? withoutReference(settlements.getFirst(), failure)
                  : halves(settlements);
            });
  }

  private Future<Integer> halves(List<Settlement> settlements) {
    int half = settlements.size() / 2;
    return settled(settlements.subList(0, half))
        .compose(
            first ->
                settled(settlements.subList(half, settlements.size()))
                    .map(second -> first + second));
  }

  // a provider that gives two messages one reference does so to the second one's loss of callbacks
  private Future<Integer> withoutReference(Settlement settlement, Throwable failure) {
    LOG.atWarn()
        .setCause(failure)
        .addKeyValue("delivery", settlement.delivery())
        .log("a delivery is settled without its reference");
    return move(List.of(DeliveryUpdate.of(settlement).withoutReference()))
        .recover(again -> unsettled(settlement, again));
  }

  // its lease ends by and by, and then it is tried again; nobody else waits for that
  private static Future<Integer> unsettled(Settlement settlement, Throwable failure) {
    if (SqlErrors.judged(failure, true) instanceof io.parley.flow.Outage) {
      return Future.failedFuture(failure);
    }
    LOG.atError()
        .setCause(failure)
        .addKeyValue("delivery", settlement.delivery())
        .log("a delivery cannot be settled");
    return Future.succeededFuture(0);
  }

  /** Applies outcomes and provider callbacks; returns how many deliveries changed. */
  public Future<Integer> move(List<DeliveryUpdate> moves) {
    if (moves.isEmpty()) {
      return Future.succeededFuture(0);
    }
    String sql = "select * from update_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    return changed(
        connection -> connection.preparedQuery(sql).execute(DeliveryUpdate.parameters(moves)));
  }

  private Future<Integer> changed(
      java.util.function.Function<SqlConnection, Future<RowSet<Row>>> change) {
    return database
        .transaction(
            connection ->
                change
                    .apply(connection)
                    .compose(
                        rows ->
                            rows.size() == 0
                                ? Future.succeededFuture(new Changed(0, List.of()))
                                : events(connection, rows)))
        .map(
            done -> {
              done.events().forEach(news);
              return done.count();
            });
  }

  private record Changed(int count, List<TimelineChanged> events) {}

  private static Future<Changed> events(SqlConnection connection, RowSet<Row> moved) {
    String sql =
        """
        select %s,
          coalesce((
            select min(l.read_seq) from (
              select m.party, m.read_seq from member m join party q on q.id = m.party
              where m.conversation = i.conversation and q.kind in %s order by m.read_seq, m.party limit 2
            ) l where l.party <> i.author) >= i.seq, false) as read
        from unnest($1::bigint[], $2::bigint[]) t (conversation, seq)
        join lateral (select i.* from item i where i.conversation = t.conversation and i.seq = t.seq offset 0) i on true
        join party p on p.id = i.author
        order by i.conversation, i.rev
        """
            .formatted(TimelineRows.ITEM_IN_PASSING, TimelineRows.READERS);
    record Ref(long conversation, long seq) {}
    Set<Ref> refs = new LinkedHashSet<>();
    moved.forEach(row -> refs.add(new Ref(row.getLong("conversation"), row.getLong("seq"))));
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfLong(refs.stream().map(Ref::conversation).toArray(Long[]::new))
            .addArrayOfLong(refs.stream().map(Ref::seq).toArray(Long[]::new));
    return connection
        .preparedQuery(sql)
        .execute(parameters)
        .map(
            rows -> {
              List<TimelineChanged> events = new ArrayList<>(rows.size());
              rows.forEach(
                  row -> events.add(ConversationEvents.itemUpdated(TimelineRows.item(row))));
              return new Changed(moved.size(), events);
            });
  }

  /** Ends what nobody was able to send in time. */
  public Future<Integer> expire() {
    String sql =
        """
        select o.delivery from outbox o join delivery d on d.id = o.delivery
        where d.expires_at <= clock_timestamp() and (o.leased_until is null or o.leased_until < clock_timestamp())
        order by o.delivery limit %d
        """
            .formatted(BATCH);
    return database
        .write(sql, Tuple.tuple())
        .compose(
            rows -> {
              List<DeliveryUpdate> moves = new ArrayList<>();
              rows.forEach(row -> moves.add(DeliveryUpdate.expired(row.getLong("delivery"))));
              return move(moves);
            });
  }

  public Future<DispatchVerbs.Deliveries> find(FindDeliveries question) {
    List<String> conditions = new ArrayList<>();
    Tuple parameters = Tuple.of((long) question.limit() + 1);
    question
        .state()
        .ifPresent(
            state -> {
              parameters.addString(state.text());
              conditions.add(condition(state, parameters.size()));
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
    String where = conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
    return database
        .read(ENTRY + where + " order by d.id desc limit $1", parameters)
        .map(rows -> page(rows, question.limit()));
  }

  private static final String ENTRY =
      """
      select d.id, d.conversation, d.seq, d.channel, d.provider, d.attempts, d.unknown, d.error_code, d.error_message,
        d.updated_at, case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end as state,
        p.id as party_id, p.kind as party_kind, p.handle as party_handle, p.name as party_name
      from delivery d join party p on p.id = d.party left join outbox o on o.delivery = d.id
      """;

  // pending ones are few beside all there ever were, and so are those that failed: each has an
  // index
  private static String condition(DeliveryState state, int parameter) {
    String told =
        "case when d.state = 'queued' and o.lease > 0 then 'sending' else d.state end = $"
            + parameter;
    return switch (state) {
      case QUEUED, SENDING -> "o.delivery is not null and " + told;
      case FAILED, EXPIRED -> "d.state in ('failed', 'expired') and " + told;
      case SENT, DELIVERED -> told;
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
            TimelineRows.party(row, "party_"),
            row.getString("channel"),
            Optional.ofNullable(row.getString("provider")),
            row.getString("state"),
            row.getInteger("attempts"),
            row.getInteger("unknown"),
            code == null
                ? Optional.empty()
                : Optional.of(new Delivery.Trouble(code, message == null ? "" : message)),
            TimelineRows.instant(row, "updated_at"));
    return new DeliveryEntry(row.getLong("conversation"), row.getLong("seq"), delivery);
  }

  public Future<Result<DeliveryEntry>> redrive(Redrive wanted) {
    return redriven(new Long[] {wanted.delivery()})
        .compose(
            count ->
                database
                    .read(ENTRY + "where d.id = $1", Tuple.of(wanted.delivery()))
                    .map(rows -> redriven(count, rows)));
  }

  private static Result<DeliveryEntry> redriven(int count, RowSet<Row> rows) {
    if (rows.size() == 0) {
      return Result.refused(Refusal.NOT_THERE);
    }
    return count == 0
        ? Result.refused(Refusal.NOT_OVER)
        : Result.done(entry(rows.iterator().next()));
  }

  public Future<Redriven> redrive(RedriveAll wanted) {
    return redrive(wanted, 0, 0);
  }

  private Future<Redriven> redrive(RedriveAll wanted, long after, int soFar) {
    String sql =
        """
        select d.id from delivery d
        where d.state in ('failed', 'expired') and d.id > $1 and ($2::text is null or d.state = $2)
          and ($3::text is null or d.provider = $3)
        order by d.id limit %d
        """
            .formatted(BATCH);
    Tuple parameters =
        Tuple.of(
            after,
            wanted.state().map(DeliveryState::text).orElse(null),
            wanted.provider().orElse(null));
    return database
        .write(sql, parameters)
        .compose(
            rows -> {
              List<Long> ids = new ArrayList<>();
              rows.forEach(row -> ids.add(row.getLong("id")));
              if (ids.isEmpty() || soFar >= MOST_REDRIVEN) {
                return Future.succeededFuture(new Redriven(soFar, !ids.isEmpty()));
              }
              return redriven(ids.toArray(Long[]::new))
                  .compose(count -> redrive(wanted, ids.getLast(), soFar + count));
            });
  }

  private Future<Integer> redriven(Long[] deliveries) {
    return changed(
            connection ->
                connection
                    .preparedQuery("select * from redrive_deliveries($1)")
                    .execute(Tuple.tuple().addArrayOfLong(deliveries)))
        .onSuccess(
            count -> {
              if (count > 0) {
                made.accept(new DeliveriesDue(Channel.SMS));
                made.accept(new DeliveriesDue(Channel.EMAIL));
              }
            });
  }
}
