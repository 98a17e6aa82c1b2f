package io.parley;

import io.parley.api.operations.AllowedSenders;
import io.parley.dispatch.ProviderKinds;
import io.parley.flow.Deadline;
import io.parley.ops.NodeReadiness;
import io.parley.settings.InvalidSettings;
import io.parley.settings.Settings;
import io.parley.store.db.DatabaseAddress;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: starts every part of a gateway from the inside out. {@link Lifecycle} stops
 * them. The wiring classes beside it create the parts, one class for each group of rooms.
 */
public final class Gateway {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final int START_SECONDS = 120;
  private static final Duration STOP_BUDGET = Duration.ofSeconds(9);

  private final Foundation foundation;
  private final DatabaseWiring database;
  private final ApiWiring api;
  private final EdgeWiring edges;
  private final ChannelWiring channels;
  private final NodeWiring node;
  private final NodeReadiness readiness;
  private int port;
  private volatile OptionalInt simulatorPort = OptionalInt.empty();

  private Gateway(Settings settings) {
    this.foundation = Foundation.of(settings);
    this.readiness = new NodeReadiness(foundation.bus());
    this.database = new DatabaseWiring(foundation);
    this.api = new ApiWiring(foundation);
    this.channels = new ChannelWiring(foundation);
    this.node = new NodeWiring(foundation, readiness);
    this.edges =
        new EdgeWiring(foundation, api, readiness, channels::unservedChannels, this::simulatorPort);
  }

  /** A gateway that is ready, or the reason why not, with every part stopped again. Blocks. */
  public static Gateway start(Settings settings) throws Throwable {
    return start(settings, () -> {}, gateway -> {});
  }

  /**
   * The same with two hooks: {@code beforePorts} runs before a client can connect, {@code
   * beforeReady} before the gateway reports that it is ready.
   */
  static Gateway start(Settings settings, Runnable beforePorts, Consumer<Gateway> beforeReady)
      throws Throwable {
    InvalidSettings.throwAny(
        () -> settings.database().url().ifPresent(DatabaseAddress::of),
        () -> ProviderKinds.builtIn().check(settings.providers()),
        () -> AllowedSenders.check(settings.channels()));
    Gateway gateway = new Gateway(settings);
    try {
      // on this thread and without a limit: it may take long to build an index
      gateway.database.prepare(inTime(gateway.database.openServer()));
      var _ = inTime(gateway.open(beforePorts));
      beforeReady.accept(gateway);
      gateway.readiness.started();
      return gateway;
    } catch (Throwable failure) {
      gateway.close();
      throw failure instanceof ExecutionException wrapped && wrapped.getCause() != null
          ? wrapped.getCause()
          : failure;
    }
  }

  private static <T> T inTime(Future<T> step) throws Exception {
    return step.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
  }

  private Future<?> open(Runnable beforePorts) {
    return database
        .openStore()
        .compose(open -> foundation.patiently(channels::announceProviders))
        .compose(announced -> foundation.patiently(api::tokens))
        .onSuccess(tokens -> beforePorts.run())
        .compose(edges::open)
        .onSuccess(listening -> port = listening)
        .compose(listening -> node.open(listening, edges.sockets()).map(listening))
        .compose(channels::openSimulator)
        .onSuccess(simulator -> simulatorPort = simulator)
        .compose(simulator -> channels.openDispatch(api.fileLinks(), simulator, node::liveNodes))
        .map(
            open -> {
              ServedEndpoints.requireAll(foundation.bus());
              return open;
            });
  }

  /** The public port. */
  public int port() {
    return port;
  }

  /** The port of the simulator, if this process runs one. */
  public OptionalInt simulatorPort() {
    return simulatorPort;
  }

  /** Stops taking work, finishes what is under way, stops every part. Blocks, for 9 s at most. */
  public void close() throws InterruptedException {
    close(Deadline.in(STOP_BUDGET));
  }

  void close(Deadline deadline) throws InterruptedException {
    readiness.leaving();
    LOG.atInfo().log("Gateway is stopping");
    foundation.lifecycle().stop(deadline);
  }
}
