package io.parley;

import io.parley.api.auth.Access;
import io.parley.api.auth.Authenticator;
import io.parley.api.auth.Caller;
import io.parley.api.auth.Seal;
import io.parley.api.auth.Tokens;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.contract.Contract;
import io.parley.api.contract.ContractFile;
import io.parley.api.operations.AllowedSenders;
import io.parley.api.operations.ChannelOperations;
import io.parley.api.operations.ConversationOperations;
import io.parley.api.operations.DeliveryOperations;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.FileOperations;
import io.parley.api.operations.IdentityOperations;
import io.parley.api.operations.InsightOperations;
import io.parley.api.operations.ItemOperations;
import io.parley.api.operations.KeyOperations;
import io.parley.api.operations.Operations;
import io.parley.api.operations.ReactionOperations;
import io.parley.api.operations.TicketOperations;
import io.parley.api.operations.TransferOperations;
import io.parley.bus.Bus;
import io.parley.bus.Readiness;
import io.parley.channel.BreakerState;
import io.parley.channel.OutgoingMessage;
import io.parley.dispatch.DispatchVerticle;
import io.parley.dispatch.ProviderKinds;
import io.parley.dispatch.ProviderListener;
import io.parley.flow.Outage;
import io.parley.http.HttpVerticle;
import io.parley.http.PageSources;
import io.parley.identity.IdentityVerbs;
import io.parley.identity.IdentityVerbs.EnsureAccount;
import io.parley.identity.IdentityVerbs.MaybeUser;
import io.parley.identity.Role;
import io.parley.live.LiveVerticle;
import io.parley.live.SocketObserver;
import io.parley.ops.LoopLag;
import io.parley.ops.Metrics;
import io.parley.settings.AdminSettings;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Mode;
import io.parley.settings.ProviderSettings;
import io.parley.settings.Settings;
import io.parley.settings.SimulatorSettings;
import io.parley.simulator.SimulatorVerticle;
import io.parley.store.StoreVerticle;
import io.parley.store.db.DatabaseAddress;
import io.parley.store.embedded.EmbeddedPostgres;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: the only place that makes long-lived things and the only one that sees
 * every room. Opens them inside-out, closes them in reverse.
 */
public final class Gateway {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final long REFRESH_MS = 500;
  private static final int START_SECONDS = 120;
  private static final int START_PATIENCE_SECONDS = 60;
  private static final long AGAIN_MS = 250;
  private static final int STOP_SECONDS = 9;
  private static final String AGENT = "agent";
  private static final Duration PROVIDERS_FETCH = Duration.ofHours(1);

  private final Settings settings;
  private final Metrics metrics = new Metrics();
  private final SecureRandom random = new SecureRandom();
  private final Deque<Supplier<Future<?>>> closers = new ArrayDeque<>();
  private final Vertx vertx;
  private final Bus bus;
  private volatile boolean closing;
  private int port;
  private volatile int simulatorPort;

  private Gateway(Settings settings) {
    this.settings = settings;
    this.vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(settings.http().eventLoops())
                    .setPreferNativeTransport(true)
                    .setMetricsOptions(metrics.vertxOptions()))
            .withMetrics(metrics.vertxFactory())
            .build();
    this.bus = new Bus(vertx);
  }

  /** A gateway that serves; or the reason why not, with everything closed again. Blocks. */
  public static Gateway start(Settings settings) throws Throwable {
    return start(settings, () -> {});
  }

  /** The same; {@code beforeOpen} is run before anybody outside can see that it is there. */
  static Gateway start(Settings settings, Runnable beforeOpen) throws Throwable {
    InvalidSettings.throwAny(
        () -> settings.database().url().ifPresent(DatabaseAddress::of),
        () -> ProviderKinds.builtIn().check(settings.providers()),
        () -> AllowedSenders.check(settings.channels()));
    Gateway gateway = new Gateway(settings);
    try {
      within(
          START_SECONDS,
          gateway
              .openDatabase()
              .compose(gateway::openStore)
              .compose(open -> gateway.patiently(gateway::openTokens))
              .onSuccess(tokens -> beforeOpen.run())
              .compose(gateway::openEdges)
              .compose(open -> gateway.openSimulator())
              .compose(gateway::openDispatch));
      return gateway;
    } catch (ExecutionException e) {
      gateway.close();
      throw Objects.requireNonNull(e.getCause());
    }
  }

  /** The public port. */
  public int port() {
    return port;
  }

  /** The port of the simulator, if this process runs one. */
  public OptionalInt simulatorPort() {
    return simulatorPort == 0 ? OptionalInt.empty() : OptionalInt.of(simulatorPort);
  }

  /** Stops taking work, finishes what is under way, closes everything. Blocks, and not for long. */
  public void close() throws InterruptedException, TimeoutException, ExecutionException {
    closing = true;
    within(STOP_SECONDS, closeNext());
    metrics.close();
    // not in the chain above: its event loops end here, and nothing can run on them afterwards
    within(STOP_SECONDS, vertx.close());
  }

  private static <T> T within(int seconds, Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
  }

  private Future<Void> closeNext() {
    Supplier<Future<?>> next = closers.poll();
    return next == null
        ? Future.succeededFuture()
        : next.get()
            .onFailure(
                failure -> LOG.atWarn().setCause(failure).log("a part did not close cleanly"))
            .transform(closed -> closeNext());
  }

  private Future<String> openDatabase() {
    if (settings.database().url().isPresent()) {
      return Future.succeededFuture(settings.database().url().get());
    }
    return vertx
        .executeBlocking(() -> EmbeddedPostgres.start(settings.database().dataDir()))
        .map(
            server -> {
              closers.push(() -> stop(server));
              return server.url();
            });
  }

  private Future<?> stop(EmbeddedPostgres server) {
    return vertx.executeBlocking(
        () -> {
          server.close();
          return null;
        });
  }

  private Future<Void> openStore(String url) {
    return deploy(
        () -> new StoreVerticle(settings.database(), settings.accounts().auth(), url, bus), 1);
  }

  private Future<Void> deploy(Supplier<? extends VerticleBase> verticle, int instances) {
    return vertx
        .deployVerticle(verticle, new DeploymentOptions().setInstances(instances))
        .map(
            id -> {
              closers.push(() -> vertx.undeploy(id));
              return null;
            });
  }

  /**
   * Once the schema is there, so is the database: who does not get through to it on a machine that
   * is busy starting tries again.
   */
  private <T> Future<T> patiently(Supplier<Future<T>> step) {
    long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_PATIENCE_SECONDS);
    return patiently(step, giveUpAt);
  }

  private <T> Future<T> patiently(Supplier<Future<T>> step, long giveUpAt) {
    return step.get()
        .recover(
            failure ->
                failure instanceof Outage && System.nanoTime() - giveUpAt < 0
                    ? vertx
                        .timer(AGAIN_MS, TimeUnit.MILLISECONDS)
                        .compose(tick -> patiently(step, giveUpAt))
                    : Future.failedFuture(failure));
  }

  private Future<Tokens> openTokens() {
    return Tokens.open(
        vertx,
        bus,
        settings.secret().bytes(),
        "parley",
        settings.accounts().auth().tokenLifetime(),
        random);
  }

  private Future<Void> openEdges(Tokens tokens) {
    Authenticator authenticator =
        new Authenticator(
            bus,
            tokens,
            Seal.of(freshKey(), "credentials", random),
            InstantSource.system(),
            System::nanoTime);
    return patiently(authenticator::refresh)
        .compose(fresh -> patiently(this::openAccounts))
        .compose(
            agent -> {
              vertx.setPeriodic(REFRESH_MS, tick -> authenticator.refresh());
              return openHttp(tokens, authenticator, agent);
            });
  }

  private byte[] freshKey() {
    byte[] key = new byte[32];
    random.nextBytes(key);
    return key;
  }

  /**
   * The accounts that have to be there; in the sandbox the agent whom callers without credentials
   * act as.
   */
  private Future<Optional<Caller>> openAccounts() {
    AdminSettings admin = settings.accounts().admin();
    EnsureAccount wantedAdmin =
        new EnsureAccount(
            "Admin", admin.email(), "admin", Optional.of(admin.password()), Role.ADMIN);
    EnsureAccount wantedAgent =
        new EnsureAccount("Agent", "agent@parley.local", AGENT, Optional.empty(), Role.AGENT);
    Future<MaybeUser> made = bus.request(IdentityVerbs.ENSURE_ACCOUNT, wantedAdmin);
    return settings.mode() == Mode.PRODUCTION
        ? made.map(Optional.empty())
        : made.compose(done -> bus.request(IdentityVerbs.ENSURE_ACCOUNT, wantedAgent))
            .map(agent -> agent.account().map(account -> new Caller.User(account)));
  }

  private Future<Void> openHttp(
      Tokens tokens, Authenticator authenticator, Optional<Caller> agent) {
    ContractFile file = ContractFile.of(settings.http().publicUrl());
    Contract contract = new Contract(file.document());
    IdentityOperations identity =
        new IdentityOperations(
            bus,
            tokens,
            authenticator,
            InstantSource.system(),
            settings.accounts().auth().refreshLifetime(),
            settings.accounts().signupOpen());
    FileLinks links = fileLinks();
    Operations operations =
        new Operations(
            contract,
            List.of(
                identity.operations(),
                new KeyOperations(bus, authenticator, random).operations(),
                new TicketOperations(bus, random).operations(),
                new ConversationOperations(bus, settings.channels()).operations(),
                new ItemOperations(bus, links, new AllowedSenders(settings.channels()))
                    .operations(),
                new InsightOperations(
                        bus, settings.access().analyticsOpen() ? Access.USER : Access.ADMIN)
                    .operations(),
                new ChannelOperations(vertx, bus, settings.channels()).operations(),
                new DeliveryOperations(bus).operations(),
                new FileOperations(bus, links, InstantSource.system()).operations(),
                new ReactionOperations(bus).operations(),
                new TransferOperations(bus).operations()),
            metrics::operation);
    PageSources sources =
        new PageSources(
            file.yaml(),
            file.json(contract.document()),
            this::readiness,
            metrics::text,
            caller ->
                settings.access().metricsOpen() ? Optional.empty() : caller.stopped(Access.ADMIN),
            this::simulatorPort);
    LiveVerticle live =
        new LiveVerticle(bus, operations, authenticator, InstantSource.system(), socketsCounted());
    authenticator.onChange(live::recheckCredentials);
    List<HttpVerticle> instances = new ArrayList<>();
    return deploy(() -> live, 1)
        .compose(
            open ->
                deploy(
                    () -> {
                      HttpVerticle verticle =
                          new HttpVerticle(
                              settings.http(),
                              operations,
                              authenticator::authenticate,
                              agent,
                              settings
                                  .channels()
                                  .webhookSecret()
                                  .map(
                                      secret ->
                                          new WebhookSignature(secret, InstantSource.system())),
                              sources,
                              bus,
                              links,
                              settings.files().quota(),
                              () -> live.openLoop(vertx));
                      instances.add(verticle);
                      return verticle;
                    },
                    settings.http().eventLoops()))
        .recover(failure -> Future.failedFuture(portInUse(failure)))
        .compose(
            open -> {
              port = instances.getFirst().port();
              return deploy(() -> new LoopLag(metrics), settings.http().eventLoops());
            });
  }

  private SocketObserver socketsCounted() {
    return new SocketObserver() {
      @Override
      public void sockets(int more) {
        metrics.sockets(more);
      }

      @Override
      public void closed(int code) {
        metrics.socketClosed(code);
      }
    };
  }

  /** In the sandbox, unless another one is to be used; the providers, where they then are. */
  private Future<List<ProviderSettings>> openSimulator() {
    SimulatorSettings wanted = settings.simulator();
    if (settings.mode() != Mode.SANDBOX || !wanted.own()) {
      return Future.succeededFuture(settings.providers());
    }
    SimulatorVerticle simulator =
        new SimulatorVerticle(
            wanted.host(), wanted.port(), wanted.gateway().orElse("http://127.0.0.1:" + port));
    return deploy(() -> simulator, 1)
        .recover(failure -> Future.failedFuture(simulatorPortInUse(failure)))
        .map(
            open -> {
              simulatorPort = simulator.port();
              return settings.providers().stream().map(this::whereItIs).toList();
            });
  }

  // the settings could not know the port if it was to be any
  private ProviderSettings whereItIs(ProviderSettings provider) {
    return provider.url().equals("http://127.0.0.1:0")
        ? provider.at("http://127.0.0.1:" + simulatorPort)
        : provider;
  }

  private Throwable simulatorPortInUse(Throwable failure) {
    return failure instanceof IOException
        ? InvalidSettings.of(
            "simulator.port",
            settings.simulator().port()
                + " is not available: "
                + failure.getMessage()
                + " (PARLEY_SIMULATOR_RUN=shared uses a simulator that runs already)")
        : failure;
  }

  private FileLinks fileLinks() {
    return new FileLinks(
        settings.http().publicUrl(),
        Seal.of(settings.secret().bytes(), "file links", random),
        InstantSource.system());
  }

  /** A provider may fetch what we keep, for as long as it may take it to. */
  private OutgoingMessage withLinks(OutgoingMessage message) {
    if (message.attachments().isEmpty()) {
      return message;
    }
    FileLinks links = fileLinks();
    Instant until = Instant.now().plus(PROVIDERS_FETCH);
    return message.with(
        message.attachments().stream().map(url -> links.linked(url, until)).toList());
  }

  private Future<Void> openDispatch(List<ProviderSettings> providers) {
    ProviderListener books =
        new ProviderListener() {
          @Override
          public void attempted(String provider, String outcome, long nanos) {
            metrics.asked(provider, outcome, nanos);
          }

          @Override
          public void breakerChanged(String provider, BreakerState breaker) {
            metrics.breaker(provider, breaker != BreakerState.CLOSED);
          }
        };
    return deploy(
        () ->
            new DispatchVerticle(
                providers, ProviderKinds.builtIn().transforming(this::withLinks), bus, books),
        1);
  }

  private Throwable portInUse(Throwable failure) {
    return failure instanceof IOException
        ? InvalidSettings.of(
            "http.port", settings.http().port() + " is not available: " + failure.getMessage())
        : failure;
  }

  private Future<Map<String, String>> readiness() {
    return bus.request(Readiness.CHECK, new Readiness.Check())
        .map(Readiness::parts)
        .otherwise(Map.of("database", "down"))
        .map(
            parts -> {
              Map<String, String> all = new HashMap<>(parts);
              all.put("node", closing ? "leaving" : "up");
              return all;
            });
  }
}
