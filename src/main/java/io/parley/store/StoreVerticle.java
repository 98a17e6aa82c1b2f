package io.parley.store;

import io.parley.bus.Bus;
import io.parley.bus.Readiness;
import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.parley.identity.NameFingerprint;
import io.parley.settings.AuthSettings;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DeliverySettings;
import io.parley.store.conversation.ConversationEndpoints;
import io.parley.store.db.AcceptedRequests;
import io.parley.store.db.Database;
import io.parley.store.db.DatabaseAddress;
import io.parley.store.db.Migrations;
import io.parley.store.db.PeriodicSweeps;
import io.parley.store.delivery.DeliveryEndpoints;
import io.parley.store.external.ExternalEndpoints;
import io.parley.store.file.FileEndpoints;
import io.parley.store.identity.IdentityEndpoints;
import io.parley.store.insight.BackgroundJobListener;
import io.parley.store.insight.BackgroundJobs;
import io.parley.store.insight.InsightEndpoints;
import io.parley.store.node.NodeEndpoints;
import io.parley.store.timeline.ChangePublisher;
import io.parley.store.timeline.TimelineEndpoints;
import io.parley.timeline.EventsMissed;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens the database, whose schema is up to date, and serves the endpoints of all rooms of the
 * store. Its state lives on its one event loop.
 */
public final class StoreVerticle extends DrainingVerticle {
  private static final long SWEEP_MS = 60_000;

  private final DatabaseSettings settings;
  private final AuthSettings auth;
  private final NameFingerprint fingerprint;
  private final DeliverySettings deliveries;
  private final String url;
  private final Bus bus;
  private final BackgroundJobListener jobListener;
  private @Nullable Database database;
  private @Nullable BackgroundJobs jobs;
  private @Nullable PeriodicSweeps sweeps;

  /** {@code url} is the operator's, or that of the embedded server. */
  public StoreVerticle(
      DatabaseSettings settings,
      AuthSettings auth,
      NameFingerprint fingerprint,
      DeliverySettings deliveries,
      String url,
      Bus bus,
      BackgroundJobListener jobListener) {
    this.settings = settings;
    this.auth = auth;
    this.fingerprint = fingerprint;
    this.deliveries = deliveries;
    this.url = url;
    this.bus = bus;
    this.jobListener = jobListener;
  }

  @Override
  public Future<?> start() {
    serve(
        new Database(
            vertx, settings, DatabaseAddress.of(url), DeliveryEndpoints.parameters(deliveries)));
    return Future.succeededFuture();
  }

  @Override
  protected Future<?> drain(Deadline deadline) {
    if (jobs != null) {
      jobs.close();
    }
    if (sweeps != null) {
      sweeps.stop();
    }
    return database == null
        ? Future.succeededFuture()
        : database.close().timeout(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void serve(Database opened) {
    BackgroundJobs background = new BackgroundJobs(vertx, opened, jobListener);
    PeriodicSweeps periodic = new PeriodicSweeps(vertx);
    database = opened;
    jobs = background;
    sweeps = periodic;
    ChangePublisher publisher = new ChangePublisher(bus, background::noteChange);
    opened.onUnknownOutcome(
        age -> bus.publish(EventsMissed.TOPIC, new EventsMissed(age.toMillis())));

    TimelineEndpoints timeline = new TimelineEndpoints(vertx, opened, settings, publisher);
    ConversationEndpoints conversations =
        new ConversationEndpoints(opened, timeline.appender(), publisher);
    ExternalEndpoints external =
        new ExternalEndpoints(opened, timeline.appender(), timeline.items(), publisher);

    bus.serve(Readiness.CHECK, question -> readiness(opened));
    new IdentityEndpoints(vertx, opened, auth, fingerprint, ThreadLocalRandom.current())
        .serve(bus, periodic);
    timeline.serve(bus);
    conversations.serve(bus, periodic);
    external.serve(bus, periodic);
    new DeliveryEndpoints(vertx, opened, deliveries, publisher).serve(bus, periodic);
    new FileEndpoints(opened).serve(bus, periodic);
    new InsightEndpoints(opened).serve(bus);
    new NodeEndpoints(opened).serve(bus, periodic);
    periodic.drainEvery(SWEEP_MS, "old requests", () -> AcceptedRequests.sweep(opened));
  }

  private static Future<Readiness> readiness(Database opened) {
    return opened
        .urgentRead(Migrations.currentQuery(), Tuple.tuple())
        .map(rows -> rows.iterator().next().getBoolean(0))
        .map(
            current ->
                Map.of("database", opened.condition(), "schema", current ? "up" : "not current"))
        .otherwise(Map.of("database", "down"))
        .map(Readiness::new);
  }
}
