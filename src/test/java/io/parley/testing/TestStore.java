package io.parley.testing;

import io.parley.bus.Bus;
import io.parley.bus.Endpoint;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.CreateUser;
import io.parley.identity.IdentityVerbs.Registered;
import io.parley.identity.Party;
import io.parley.identity.PartyKind;
import io.parley.settings.AttemptLimits;
import io.parley.settings.AuthSettings;
import io.parley.settings.DatabaseLimits;
import io.parley.settings.DatabaseSettings;
import io.parley.settings.DatabaseTimeouts;
import io.parley.settings.DeliverySettings;
import io.parley.store.StoreVerticle;
import io.parley.store.insight.BackgroundJobListener;
import io.parley.timeline.Result;
import io.parley.timeline.TimelineChanged;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** One node's store, deployed alone on a Vert.x of its own; several may share a database. */
public final class TestStore implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new Bus(vertx);
  private final Deque<String> deployed = new ArrayDeque<>();

  /** What this node told the world. */
  public final List<TimelineChanged> news = new CopyOnWriteArrayList<>();

  public TestStore(String url) {
    this(url, 2);
  }

  public TestStore(String url, int lanes) {
    this(url, lanes, TestDatabase.PATIENT);
  }

  public TestStore(String url, int lanes, DatabaseTimeouts timeouts) {
    bus.subscribe(TimelineChanged.TOPIC, news::add);
    DatabaseSettings settings =
        new DatabaseSettings(
            Optional.of(url),
            Path.of("unused"),
            false,
            new DatabaseLimits(4, 2, 1_000, 8, lanes, 10_000),
            timeouts);
    AuthSettings auth =
        new AuthSettings(
            Duration.ofMinutes(15),
            Duration.ofDays(30),
            2,
            1_000,
            AttemptLimits.NONE,
            TestGateway.PASSWORD_COST,
            true);
    get(
        vertx.deployVerticle(
            new StoreVerticle(
                settings,
                auth,
                name -> name,
                DeliverySettings.STANDARD,
                url,
                bus,
                BackgroundJobListener.NONE)));
  }

  /** One more verticle on this node; it stops with it. */
  public void deploy(VerticleBase verticle) {
    deployed.addFirst(get(vertx.deployVerticle(verticle)));
  }

  public Bus bus() {
    return bus;
  }

  public <Q, R> Future<R> ask(Endpoint<Q, R> endpoint, Q question) {
    return bus.request(endpoint, question);
  }

  /** What was done; fails on a refusal. */
  public <Q, T> T done(Endpoint<Q, Result<T>> endpoint, Q question) {
    return switch (get(bus.request(endpoint, question))) {
      case Result.Done<T> done -> done.value();
      case Result.Refused<T> refused -> throw new AssertionError("refused: " + refused.reason());
    };
  }

  public Party user(String name, PartyKind kind) {
    CreateUser wanted =
        new CreateUser(
            name,
            name + "@example.org",
            "a good password",
            Optional.of(name),
            kind,
            Optional.empty());
    return ((Registered) get(bus.request(IdentityVerbs.CREATE_USER, wanted))).account().party();
  }

  public static <T> T get(Future<T> future) {
    return Await.result(future);
  }

  @Override
  public void close() {
    // as the gateway does it: what uses the store leaves before it
    deployed.forEach(id -> get(vertx.undeploy(id)));
    get(vertx.close());
  }
}
