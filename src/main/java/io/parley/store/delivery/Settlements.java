package io.parley.store.delivery;

import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.flow.Outage;
import io.parley.store.db.Database;
import io.parley.store.db.SqlErrors;
import io.parley.store.delivery.DeliveryUpdates.Applied;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles claimed deliveries by the outcomes of their attempts, and expires those that nobody could
 * send in time. A settlement that cannot be stored fails alone, and one whose conversation is
 * locked is left for another time.
 */
final class Settlements {
  private static final Logger LOG = LoggerFactory.getLogger(Settlements.class);

  private static final String FIND_EXPIRED = "select delivery from find_expired_deliveries($1)";
  private static final int EXPIRED_BATCH = 500;

  private final Database database;
  private final DeliveryUpdates updates;

  Settlements(Database database, DeliveryUpdates updates) {
    this.database = database;
    this.updates = updates;
  }

  Future<Settled> settle(Settle request) {
    return settle(request.settlements())
        .map(applied -> new Settled(applied.changed(), applied.locked()));
  }

  private Future<Applied> settle(List<Settlement> settlements) {
    return updates
        .apply(settlements.stream().map(DeliveryUpdate::of).toList(), settlements)
        .recover(
            failure -> {
              if (isOutage(failure)) {
                return Future.failedFuture(failure);
              }
              return settlements.size() == 1
                  ? settleWithoutReference(settlements.getFirst(), failure)
                  : settleHalves(settlements);
            });
  }

  private static boolean isOutage(Throwable failure) {
    return SqlErrors.toOutage(failure, true) instanceof Outage;
  }

  private Future<Applied> settleHalves(List<Settlement> settlements) {
    int half = settlements.size() / 2;
    return settle(settlements.subList(0, half))
        .compose(first -> settle(settlements.subList(half, settlements.size())).map(first::and));
  }

  // a provider that gives two messages the same reference loses the callbacks of the second one
  private Future<Applied> settleWithoutReference(Settlement settlement, Throwable failure) {
    LOG.atWarn()
        .setCause(failure)
        .addKeyValue("delivery", settlement.delivery())
        .log("Delivery settled without the provider's reference");
    return updates
        .apply(List.of(DeliveryUpdate.of(settlement).withoutReference()), List.of(settlement))
        .recover(again -> giveUp(settlement, again));
  }

  // when its lease ends the delivery is attempted again; the others do not wait for that
  private static Future<Applied> giveUp(Settlement settlement, Throwable failure) {
    if (isOutage(failure)) {
      return Future.failedFuture(failure);
    }
    LOG.atError()
        .setCause(failure)
        .addKeyValue("delivery", settlement.delivery())
        .log("Delivery cannot be settled");
    return Future.succeededFuture(Applied.NOTHING);
  }

  Future<Integer> expire() {
    return database
        .write(FIND_EXPIRED, Tuple.of(EXPIRED_BATCH))
        .compose(
            rows -> {
              List<DeliveryUpdate> expired = new ArrayList<>();
              rows.forEach(row -> expired.add(DeliveryUpdate.expired(row.getLong("delivery"))));
              return updates.applySeparately(expired).map(Applied::changed);
            });
  }
}
