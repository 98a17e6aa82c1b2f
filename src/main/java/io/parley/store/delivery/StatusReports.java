package io.parley.store.delivery;

import io.parley.channel.DeliveryState;
import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.StatusReceived;
import io.parley.flow.Batcher;
import io.parley.store.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What providers say of messages afterwards: once, often, in any order, before we know how they
 * call them. What gathers while one batch is written goes in the next.
 *
 * <p>A message is known by the provider's reference. Before that is known our own number will do,
 * for what cannot be old news: that it was delivered, or, as long as it was never sent anew, that
 * it was sent. Everything else is kept, and applied when its reference is settled.
 */
public final class StatusReports {
  private static final int BATCH = 200;
  private static final int BOUND = 10_000;
  private static final int KEPT = 100_000;

  private final Database database;
  private final Deliveries deliveries;
  private final Batcher<ReceiveStatus, StatusReceived> gathering =
      new Batcher<>(BATCH, BOUND, this::apply);

  public StatusReports(Database database, Deliveries deliveries) {
    this.database = database;
    this.deliveries = deliveries;
  }

  public Future<StatusReceived> receive(ReceiveStatus status) {
    return gathering.ask(status);
  }

  private Future<List<StatusReceived>> apply(List<ReceiveStatus> statuses) {
    return resolve(statuses)
        .compose(
            ids -> {
              List<DeliveryUpdate> moves = new ArrayList<>();
              List<ReceiveStatus> early = new ArrayList<>();
              for (int i = 0; i < statuses.size(); i++) {
                Long delivery = ids.get(i);
                if (delivery == null) {
                  early.add(statuses.get(i));
                } else {
                  moves.add(DeliveryUpdate.of(statuses.get(i), delivery));
                }
              }
              return keep(early).compose(kept -> deliveries.move(moves));
            })
        .map(moved -> Collections.nCopies(statuses.size(), new StatusReceived(moved > 0)));
  }

  private Future<List<@Nullable Long>> resolve(List<ReceiveStatus> statuses) {
    String sql =
        """
        select coalesce(
          (select d.id from delivery d where d.provider = t.provider and d.reference = t.reference),
          (select d.id from delivery d left join outbox o on o.delivery = d.id
           where d.id = t.delivery and d.reference is null and t.provider in (d.provider, o.asked, o.bound_to)
             and (t.state = 'delivered' or (t.state = 'sent' and d.redrives = 0)))) as delivery
        from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) with ordinality t (provider, reference, delivery, state, n)
        order by t.n
        """;
    Long[] numbers = new Long[statuses.size()];
    for (int i = 0; i < numbers.length; i++) {
      OptionalLong told = statuses.get(i).delivery();
      numbers[i] = told.isPresent() ? told.getAsLong() : null;
    }
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(statuses.stream().map(ReceiveStatus::provider).toArray(String[]::new))
            .addArrayOfString(references(statuses))
            .addArrayOfLong(numbers)
            .addArrayOfString(
                statuses.stream().map(each -> each.state().text()).toArray(String[]::new));
    return database
        .write(sql, parameters)
        .map(
            rows -> {
              List<@Nullable Long> ids = new ArrayList<>();
              for (Row row : rows) {
                ids.add(row.getLong("delivery"));
              }
              return ids;
            });
  }

  private static String[] references(List<ReceiveStatus> statuses) {
    return statuses.stream()
        .map(each -> DeliveryUpdate.clean(each.id(), DeliveryUpdate.MOST_REFERENCE))
        .toArray(String[]::new);
  }

  private Future<Void> keep(List<ReceiveStatus> early) {
    String sql =
        """
        insert into early_status (provider, reference, state, code, message)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        on conflict (provider, reference, state) do nothing
        """;
    if (early.isEmpty()) {
      return Future.succeededFuture();
    }
    List<DeliveryUpdate> clean = early.stream().map(each -> DeliveryUpdate.of(each, 0)).toList();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(early.stream().map(ReceiveStatus::provider).toArray(String[]::new))
            .addArrayOfString(references(early))
            .addArrayOfString(clean.stream().map(DeliveryUpdate::state).toArray(String[]::new))
            .addArrayOfString(clean.stream().map(DeliveryUpdate::code).toArray(String[]::new))
            .addArrayOfString(clean.stream().map(DeliveryUpdate::message).toArray(String[]::new));
    return database.write(sql, parameters).mapEmpty();
  }

  /**
   * Applies what a settlement just missed, and forgets what nobody asked for in ten minutes, or
   * what is too much.
   */
  public Future<Integer> sweep() {
    String known =
        """
        select e.id, e.provider, e.reference, e.state, e.code, e.message, d.id as delivery
        from early_status e join delivery d on d.provider = e.provider and d.reference = e.reference
        order by e.id limit %d
        """
            .formatted(BATCH);
    return database.write(known, Tuple.tuple()).compose(this::applyKept).compose(this::forget);
  }

  private Future<Integer> applyKept(RowSet<Row> rows) {
    List<DeliveryUpdate> moves = new ArrayList<>();
    List<Long> kept = new ArrayList<>();
    for (Row row : rows) {
      kept.add(row.getLong("id"));
      ReceiveStatus status =
          new ReceiveStatus(
              row.getString("provider"),
              row.getString("reference"),
              OptionalLong.empty(),
              DeliveryState.of(row.getString("state")),
              Optional.ofNullable(row.getString("code")),
              Optional.ofNullable(row.getString("message")));
      moves.add(DeliveryUpdate.of(status, row.getLong("delivery")));
    }
    return deliveries
        .move(moves)
        .compose(
            moved ->
                kept.isEmpty()
                    ? Future.succeededFuture(moved)
                    : database
                        .write(
                            "delete from early_status where id = any ($1)",
                            Tuple.tuple().addArrayOfLong(kept.toArray(Long[]::new)))
                        .map(moved));
  }

  private Future<Integer> forget(int applied) {
    String sql =
        """
        delete from early_status
        where at < clock_timestamp() - interval '10 minutes' or id <= (select max(id) - %d from early_status)
        """
            .formatted(KEPT);
    return database.write(sql, Tuple.tuple()).map(applied);
  }
}
