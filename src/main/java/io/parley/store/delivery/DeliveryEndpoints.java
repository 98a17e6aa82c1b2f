package io.parley.store.delivery;

import io.parley.bus.Bus;
import io.parley.channel.DispatchVerbs;
import io.parley.settings.DeliverySettings;
import io.parley.store.db.Database;
import io.parley.store.db.PeriodicSweeps;
import io.parley.store.timeline.ChangePublisher;
import io.vertx.core.Vertx;
import java.util.Map;

/** The endpoints of deliveries and their outbox. */
public final class DeliveryEndpoints {
  private static final long SWEEP_MS = 3_000;

  private final Outbox outbox;
  private final ParkedDeliveries parked;
  private final Settlements settlements;
  private final Deliveries deliveries;
  private final Redrives redrives;
  private final Attempts attempts;
  private final SeenProviders providers;
  private final StatusReports reports;

  /** What the functions of the schema have to know, as parameters of every connection. */
  public static Map<String, String> parameters(DeliverySettings settings) {
    return Map.of(
        "parley.delivery_lifetime",
        settings.expireAfter().toMillis() + " ms",
        "parley.sends_per_day",
        Integer.toString(settings.sendsPerDay()));
  }

  public DeliveryEndpoints(
      Vertx vertx, Database database, DeliverySettings settings, ChangePublisher publisher) {
    DeliveryUpdates updates = new DeliveryUpdates(database, publisher);
    this.outbox = new Outbox(database);
    this.parked = new ParkedDeliveries(database);
    this.settlements = new Settlements(database, updates);
    this.deliveries = new Deliveries(database, updates);
    this.redrives = new Redrives(vertx, database, updates);
    this.attempts = new Attempts(database);
    this.providers =
        new SeenProviders(database, updates, settings.providerGoneAfter(), System::nanoTime);
    this.reports = new StatusReports(database, updates);
  }

  public void serve(Bus bus, PeriodicSweeps sweeps) {
    bus.serve(DispatchVerbs.CLAIM_DUE, outbox::claim);
    bus.serve(DispatchVerbs.RELEASE_LEASES, outbox::release);
    bus.serve(DispatchVerbs.WAKE_PROVIDER, outbox::wake);
    bus.serve(DispatchVerbs.COUNT_QUEUES, question -> outbox.count());
    bus.serve(DispatchVerbs.SETTLE, settlements::settle);
    bus.serve(DispatchVerbs.FIND_DELIVERIES, deliveries::find);
    bus.serve(DispatchVerbs.FIND_DELIVERY, deliveries::find);
    bus.serve(DispatchVerbs.COUNT_DELIVERIES, deliveries::count);
    bus.serve(DispatchVerbs.FIND_ATTEMPTS, attempts::find);
    bus.serve(DispatchVerbs.REDRIVE, deliveries::redrive);
    bus.serve(DispatchVerbs.REDRIVE_ALL, redrives::redrive);
    bus.serve(DispatchVerbs.ANNOUNCE_PROVIDERS, providers::announce);
    bus.serve(DispatchVerbs.RECEIVE_STATUS, reports::receive);
    sweeps.drainEvery(SWEEP_MS, "expired deliveries", settlements::expire);
    sweeps.every(SWEEP_MS, "parked deliveries", parked::sweep);
    sweeps.every(SWEEP_MS, "early status reports", reports::sweep);
    sweeps.every(providers.reportPauseMs(), "seen providers", providers::report);
    sweeps.drainEvery(
        providers.settlePauseMs(), "deliveries of gone providers", providers::settleGone);
    sweeps.every(SWEEP_MS, "old attempts", attempts::deleteOld);
  }
}
