package io.parley.http;

import io.parley.api.SocketMount;
import io.parley.api.auth.Caller;
import io.parley.api.auth.WebhookSignature;
import io.parley.api.operations.FileLinks;
import io.parley.api.operations.Operations;
import io.parley.bus.Bus;
import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.parley.identity.ClientAddress;
import io.parley.settings.FileSettings;
import io.parley.settings.HttpSettings;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP server of one event loop; one instance per event loop, all on the same port. */
public final class HttpVerticle extends DrainingVerticle {
  private static final long SWEEP_MS = 1_000;

  /** What requests that are under way have at least when the node stops listening. */
  private static final Duration LAST_REQUESTS = Duration.ofMillis(1_500);

  // the kernel reports progress by the third of it: with more, slow clients would look stuck
  private static final int SEND_BUFFER = 128 * 1024;

  private final HttpSettings settings;
  private final Operations operations;
  private final BiFunction<String, ClientAddress, Future<Caller>> authenticate;
  private final Optional<Caller> sandboxAgent;
  private final Optional<WebhookSignature> signature;
  private final PageSources sources;
  private final Bus bus;
  private final FileLinks links;
  private final FileSettings space;
  private final NodeLimits shared;
  private final Supplier<SocketMount> doors;
  private @Nullable SocketMount sockets;
  private @Nullable ClientConnections connections;
  private @Nullable HttpServer server;

  public HttpVerticle(
      HttpSettings settings,
      Operations operations,
      BiFunction<String, ClientAddress, Future<Caller>> authenticate,
      Optional<Caller> sandboxAgent,
      Optional<WebhookSignature> signature,
      PageSources sources,
      Bus bus,
      FileLinks links,
      FileSettings space,
      NodeLimits shared,
      Supplier<SocketMount> doors) {
    this.settings = settings;
    this.operations = operations;
    this.authenticate = authenticate;
    this.sandboxAgent = sandboxAgent;
    this.signature = signature;
    this.sources = sources;
    this.bus = bus;
    this.links = links;
    this.space = space;
    this.shared = shared;
    this.doors = doors;
  }

  @Override
  public Future<?> start() {
    OriginRule origins = new OriginRule(settings.ownOrigins(), settings.guestOrigins());
    ClientConnections connections =
        new ClientConnections(
            settings.limits(),
            settings.proxies(),
            shared.connections(),
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    this.connections = connections;
    RestEdge rest =
        new RestEdge(
            operations,
            authenticate,
            new SandboxRule(sandboxAgent, origins, settings.sandboxExposed()),
            signature,
            connections,
            settings.limits(),
            context);
    FileEdge files =
        new FileEdge(vertx, bus, rest, connections, operations, links, shared.downloads(), space);
    SocketMount mine = doors.get();
    sockets = mine;
    RouteTable routes = new RouteTable(operations.contract());
    vertx.setPeriodic(SWEEP_MS, tick -> connections.sweep());
    HttpServerOptions options = options();
    HttpServer listening =
        vertx
            .createHttpServer(options)
            .connectionHandler(
                connection -> {
                  StrictRequestDecoder.install(connection, options);
                  connections.opened(connection);
                })
            .invalidRequestHandler(InvalidRequestHandler::answer)
            .requestHandler(
                new FrontHandler(
                    routes,
                    rest,
                    files,
                    new SocketEdge(rest, connections, mine),
                    origins,
                    new ForwardingRule(settings.proxies()),
                    connections,
                    new Pages(vertx, operations.contract(), sources, rest)));
    server = listening;
    return listening.listen();
  }

  /**
   * Tells the sockets to go elsewhere, and answers requests for a while with {@code Connection:
   * close}, so that a reverse proxy holds no connection that is about to end. Then stops listening
   * and closes each connection after its request.
   */
  @Override
  protected Future<?> drain(Deadline deadline) {
    HttpServer listening = server;
    SocketMount mine = sockets;
    ClientConnections present = connections;
    if (listening == null || mine == null || present == null) {
      return Future.succeededFuture();
    }
    present.leave();
    Future<Void> left =
        mine.leave()
            .timeout(deadline.left().toMillis() / 2, TimeUnit.MILLISECONDS)
            .otherwiseEmpty();
    return Future.join(left, vertx.timer(leaveMillis(deadline), TimeUnit.MILLISECONDS))
        .transform(gone -> listening.shutdown(deadline.left().toMillis(), TimeUnit.MILLISECONDS));
  }

  private long leaveMillis(Deadline deadline) {
    long longest = deadline.minus(LAST_REQUESTS).left().toMillis();
    return Math.max(1, Math.min(settings.limits().leaveTime().toMillis(), longest));
  }

  /** The port on which it listens. */
  public int port() {
    return server == null ? 0 : server.actualPort();
  }

  private HttpServerOptions options() {
    return new HttpServerOptions()
        .setHost(settings.host())
        // in Vert.x 0 means a free port for each instance, -1 one free port for all
        .setPort(settings.port() == 0 ? -1 : settings.port())
        .setMaxInitialLineLength(settings.limits().maxUri())
        .setMaxHeaderSize(settings.limits().maxHeaders())
        .setHandle100ContinueAutomatically(true)
        .setHttp2ClearTextEnabled(false)
        .setTcpNoDelay(true)
        .setSendBufferSize(SEND_BUFFER)
        .setUseProxyProtocol(settings.proxies().protocol())
        // WebSockets are handled by the live room, not by the framework
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false)
        .setAcceptBacklog(4_096);
  }
}
