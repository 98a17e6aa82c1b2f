package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.ReceiveStatus;
import io.parley.channel.DispatchVerbs.StatusReceived;
import io.parley.flow.Batcher;
import io.parley.store.db.Database;
import io.parley.store.delivery.DeliveryUpdates.Applied;
import io.parley.timeline.DeliveryState;
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
 * Status reports of providers about messages they have taken: they come once or repeatedly, in any
 * order, and possibly before we know the provider's reference. Reports that arrive while a batch is
 * written are written together in the next one.
 *
 * <p>A report names the message by the provider's reference. As long as that is unknown, our own
 * delivery number is used if the report cannot be out of date: for {@code delivered}, and for
 * {@code sent} if the delivery was never redriven. All other reports are kept, and are applied when
 * their reference is settled; so are those whose conversation is locked.
 */
final class StatusReports {
  private static final int MAX_BATCH = 200;
  private static final int MAX_WAITING = 10_000;

  // by delivery_reference and the primary keys of delivery and outbox
  private static final String RESOLVE =
      """
      select coalesce(
        (select d.id from delivery d where d.provider = t.provider and d.reference = t.reference),
        (select d.id from delivery d left join outbox o on o.delivery = d.id
         where d.id = t.delivery and d.reference is null and t.provider in (d.provider, o.asked, o.bound_to)
           and (t.state = 'delivered' or (t.state = 'sent' and d.redrives = 0)))) as delivery
      from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) with ordinality t (provider, reference, delivery, state, n)
      order by t.n
      """;
  private static final String KEEP =
      """
      insert into early_status (provider, reference, state, code, message)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
      on conflict (provider, reference, state) do nothing
      """;

  // by early_status_at and delivery_reference
  private static final String FIND_KEPT =
      """
      select e.id, e.provider, e.reference, e.state, e.code, e.message, d.id as delivery
      from (
        select e.* from early_status e where e.at > clock_timestamp() - $1 * interval '1 minute' offset 0
      ) e
      cross join lateral (
        select d.id from delivery d where d.provider = e.provider and d.reference = e.reference offset 0
      ) d
      order by e.id limit %d
      """
          .formatted(MAX_BATCH);
  private static final String DELETE_KEPT = "delete from early_status where id = any ($1)";

  // by early_status_at, and by the primary key
  private static final String DELETE_OLD =
      """
      delete from early_status where id = any (array(
        select e.id from early_status e where e.at < clock_timestamp() - interval '10 minutes' limit 1000)
        || array(select e.id from early_status e where e.id <= (select max(id) - 100000 from early_status) limit 1000))
      """;

  private static final int KEPT_MINUTES = 10;
  private static final int RECENT_MINUTES = 1;

  private final Database database;
  private final DeliveryUpdates updates;
  private final Batcher<ReceiveStatus, StatusReceived> batcher =
      new Batcher<>(MAX_BATCH, MAX_WAITING, this::apply);
  private boolean olderMayBeLeft = true;

  StatusReports(Database database, DeliveryUpdates updates) {
    this.database = database;
    this.updates = updates;
  }

  Future<StatusReceived> receive(ReceiveStatus report) {
    return batcher.ask(report);
  }

  private Future<List<StatusReceived>> apply(List<ReceiveStatus> reports) {
    return resolve(reports)
        .compose(
            deliveries -> {
              List<DeliveryUpdate> known = new ArrayList<>();
              List<ReceiveStatus> early = new ArrayList<>();
              for (int i = 0; i < reports.size(); i++) {
                Long delivery = deliveries.get(i);
                if (delivery == null) {
                  early.add(reports.get(i));
                } else {
                  known.add(DeliveryUpdate.of(reports.get(i), delivery));
                }
              }
              return keep(early)
                  .compose(kept -> updates.apply(known))
                  .compose(applied -> keepLocked(reports, deliveries, applied));
            })
        .map(
            applied ->
                Collections.nCopies(reports.size(), new StatusReceived(applied.changed() > 0)));
  }

  // those whose conversation is locked are applied by a sweep
  private Future<Applied> keepLocked(
      List<ReceiveStatus> reports, List<@Nullable Long> deliveries, Applied applied) {
    List<ReceiveStatus> locked = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      Long delivery = deliveries.get(i);
      if (delivery != null && applied.locked().contains(delivery)) {
        locked.add(reports.get(i));
      }
    }
    return keep(locked).map(applied);
  }

  private Future<List<@Nullable Long>> resolve(List<ReceiveStatus> reports) {
    Long[] deliveries = new Long[reports.size()];
    for (int i = 0; i < deliveries.length; i++) {
      OptionalLong named = reports.get(i).delivery();
      deliveries[i] = named.isPresent() ? named.getAsLong() : null;
    }
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(reports.stream().map(ReceiveStatus::provider).toArray(String[]::new))
            .addArrayOfString(references(reports))
            .addArrayOfLong(deliveries)
            .addArrayOfString(
                reports.stream().map(each -> each.state().text()).toArray(String[]::new));
    return database
        .write(RESOLVE, parameters)
        .map(
            rows -> {
              List<@Nullable Long> ids = new ArrayList<>();
              rows.forEach(row -> ids.add(row.getLong("delivery")));
              return ids;
            });
  }

  private static String[] references(List<ReceiveStatus> reports) {
    return reports.stream()
        .map(each -> DeliveryUpdate.cut(each.id(), DeliveryUpdate.MAX_REFERENCE))
        .toArray(String[]::new);
  }

  private Future<Void> keep(List<ReceiveStatus> early) {
    if (early.isEmpty()) {
      return Future.succeededFuture();
    }
    List<DeliveryUpdate> rows = early.stream().map(each -> DeliveryUpdate.of(each, 0)).toList();
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(early.stream().map(ReceiveStatus::provider).toArray(String[]::new))
            .addArrayOfString(references(early))
            .addArrayOfString(rows.stream().map(DeliveryUpdate::state).toArray(String[]::new))
            .addArrayOfString(rows.stream().map(DeliveryUpdate::code).toArray(String[]::new))
            .addArrayOfString(rows.stream().map(DeliveryUpdate::message).toArray(String[]::new));
    return database.write(KEEP, parameters).mapEmpty();
  }

  /**
   * Applies kept reports whose reference is known by now, and deletes those that nobody asked for
   * within ten minutes, or that are too many. Settling a delivery applies those it finds, so only
   * reports that just missed it are left. They are recent, unless an earlier run left them behind
   * or their conversations have been locked since.
   */
  Future<Integer> sweep() {
    int minutes = olderMayBeLeft ? KEPT_MINUTES : RECENT_MINUTES;
    return database
        .write(FIND_KEPT, Tuple.of(minutes))
        .compose(
            found ->
                applyKept(found)
                    .onSuccess(
                        applied ->
                            olderMayBeLeft =
                                found.size() == MAX_BATCH || !applied.locked().isEmpty()))
        .compose(applied -> database.write(DELETE_OLD, Tuple.tuple()).map(applied.changed()));
  }

  private Future<Applied> applyKept(RowSet<Row> rows) {
    List<DeliveryUpdate> known = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    for (Row row : rows) {
      ids.add(row.getLong("id"));
      known.add(DeliveryUpdate.of(report(row), row.getLong("delivery")));
    }
    return updates
        .apply(known)
        .compose(
            applied -> {
              List<Long> done = new ArrayList<>();
              for (int i = 0; i < ids.size(); i++) {
                if (!applied.locked().contains(known.get(i).delivery())) {
                  done.add(ids.get(i));
                }
              }
              return deleteKept(done).map(applied);
            });
  }

  private static ReceiveStatus report(Row row) {
    return new ReceiveStatus(
        row.getString("provider"),
        row.getString("reference"),
        OptionalLong.empty(),
        DeliveryState.of(row.getString("state")),
        Optional.ofNullable(row.getString("code")),
        Optional.ofNullable(row.getString("message")));
  }

  private Future<Void> deleteKept(List<Long> ids) {
    return ids.isEmpty()
        ? Future.succeededFuture()
        : database
            .write(DELETE_KEPT, Tuple.tuple().addArrayOfLong(ids.toArray(Long[]::new)))
            .mapEmpty();
  }
}
