package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.AnnounceProviders;
import io.parley.channel.DispatchVerbs.Announced;
import io.parley.channel.DispatchVerbs.NamedProvider;
import io.parley.store.db.Database;
import io.parley.store.delivery.DeliveryUpdates.Applied;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The providers that running nodes have, as table {@code provider_seen} knows them, and the end of
 * deliveries that only a provider may send which no node has any more: they would block their
 * recipient until they expire.
 *
 * <p>Every node reports its own providers. A provider is gone when none has reported it for a
 * while, so nodes with different settings, and a node that restarts during an upgrade, keep the
 * deliveries of theirs. After a start, and after the database was away, a node first watches for as
 * long: the others may not have been able to report. Confined to one event loop; time is an
 * argument.
 */
final class SeenProviders {
  private static final Logger LOG = LoggerFactory.getLogger(SeenProviders.class);
  private static final int BATCH = 500;

  /** Below the two minutes for which item_deliveries and Deliveries trust a report. */
  private static final Duration MAX_REPORT_PAUSE = Duration.ofSeconds(30);

  // by the primary key
  private static final String REPORT =
      """
      insert into provider_seen as s (name, route, seen_at)
      select t.name, t.route, clock_timestamp() from unnest($1::text[], $2::text[]) t (name, route) order by t.name
      on conflict (name) do update set route = excluded.route, seen_at = excluded.seen_at
      where s.route <> excluded.route or s.seen_at < excluded.seen_at - $3 * interval '1 ms'
      """;

  // by outbox_due
  private static final String FIND_GONE =
      "select delivery, provider from find_deliveries_of_gone_providers($1, $2)";

  private final Database database;
  private final DeliveryUpdates updates;
  private final Duration goneAfter;
  private final LongSupplier nanos;
  private List<NamedProvider> own = List.of();
  private boolean announced;
  private long reportedAt;
  private long watchingSince;

  SeenProviders(
      Database database, DeliveryUpdates updates, Duration goneAfter, LongSupplier nanos) {
    this.database = database;
    this.updates = updates;
    this.goneAfter = goneAfter;
    this.nanos = nanos;
  }

  long reportPauseMs() {
    return Math.min(MAX_REPORT_PAUSE.toMillis(), settlePauseMs());
  }

  long settlePauseMs() {
    return goneAfter.toMillis() / 4;
  }

  /** Takes down the providers of this node, and reports them from now on. */
  Future<Announced> announce(AnnounceProviders request) {
    own = request.providers();
    announced = true;
    watchingSince = nanos.getAsLong();
    return report().map(count -> new Announced());
  }

  Future<Integer> report() {
    if (!announced) {
      return Future.succeededFuture(0);
    }
    Tuple parameters =
        Tuple.tuple()
            .addArrayOfString(own.stream().map(NamedProvider::name).toArray(String[]::new))
            .addArrayOfString(own.stream().map(each -> each.route().text()).toArray(String[]::new))
            .addLong(reportPauseMs() / 2);
    return database
        .write(REPORT, parameters)
        .map(
            rows -> {
              noteReport();
              return rows.rowCount();
            });
  }

  private void noteReport() {
    long now = nanos.getAsLong();
    if (now - reportedAt > goneAfter.toNanos() / 2) {
      watchingSince = now;
    }
    reportedAt = now;
  }

  private boolean hasWatched() {
    long now = nanos.getAsLong();
    return announced
        && now - watchingSince >= goneAfter.toNanos()
        && now - reportedAt <= goneAfter.toNanos() / 2;
  }

  /** Fails a batch of deliveries that only a provider may send that is gone. */
  Future<Integer> settleGone() {
    if (!hasWatched()) {
      return Future.succeededFuture(0);
    }
    return database
        .write(FIND_GONE, Tuple.of(goneAfter.toMillis(), BATCH))
        .compose(
            rows -> {
              List<DeliveryUpdate> found = new ArrayList<>();
              Set<String> names = new TreeSet<>();
              for (Row row : rows) {
                String name = row.getString("provider");
                names.add(name);
                found.add(DeliveryUpdate.providerGone(row.getLong("delivery"), name));
              }
              return updates.applySeparately(found).map(applied -> settled(applied, names));
            });
  }

  private static int settled(Applied applied, Set<String> names) {
    if (applied.changed() > 0) {
      LOG.atWarn()
          .addKeyValue("providers", String.join(", ", names))
          .addKeyValue("count", applied.changed())
          .log("Deliveries failed, because no node has their provider any more");
    }
    return applied.changed();
  }
}
