package io.parley.simulator;

import io.parley.flow.Deadline;
import io.parley.flow.DrainingVerticle;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The wiring of the simulator: two providers, one ledger, one event loop. */
public final class SimulatorVerticle extends DrainingVerticle {
  private static final int MAX_ENTRIES = 100_000;
  private static final long MAX_TEXT = 64L << 20;
  private static final int MAX_CONNECTIONS = 2_000;
  private static final int IDLE_SECONDS = 90;
  private static final String SMS = "sim-sms";
  private static final String EMAIL = "sim-email";

  private final String host;
  private final int port;
  private final String gateway;
  private final AccessRule access;
  private final String run = Long.toString(System.currentTimeMillis(), 36);
  private final Ledger ledger = new Ledger(MAX_ENTRIES, MAX_TEXT);
  private final Screen screen = new Screen();
  private final Map<String, SimulatedProvider> providers = new LinkedHashMap<>();
  private @Nullable HttpServer server;
  private int connections;

  /**
   * Creates a simulator.
   *
   * @param port 0 picks a free port
   * @param gateway the gateway's url, without a slash at the end
   * @param exposed whether other machines may call it
   */
  public SimulatorVerticle(String host, int port, String gateway, boolean exposed) {
    this.host = host;
    this.port = port;
    this.gateway = gateway;
    this.access = new AccessRule(exposed);
  }

  /** The port it listens on. */
  public int port() {
    return server == null ? 0 : server.actualPort();
  }

  @Override
  public Future<?> start() {
    GatewayClient client = new GatewayClient(vertx, gateway);
    Callbacks callbacks = new Callbacks(vertx, client);
    open(SMS, SimulatedMessage::sms, callbacks);
    open(EMAIL, SimulatedMessage::email, callbacks);
    HttpServer listening =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(host)
                    .setPort(port)
                    .setIdleTimeout(IDLE_SECONDS)
                    .setIdleTimeoutUnit(TimeUnit.SECONDS)
                    .setHttp2ClearTextEnabled(false)
                    .setHandle100ContinueAutomatically(true)
                    .setTcpNoDelay(true))
            .connectionHandler(
                connection -> {
                  connections++;
                  connection.closeHandler(closed -> connections--);
                  if (connections > MAX_CONNECTIONS) {
                    connection.close();
                  }
                })
            .requestHandler(new RequestHandler(routes(client, callbacks), pages(), access));
    server = listening;
    return listening.listen();
  }

  private void open(
      String name, Function<FieldReader, SimulatedMessage> reader, Callbacks callbacks) {
    SimulatedProvider.RequestListener listener =
        new SimulatedProvider.RequestListener() {
          @Override
          public void delivered(LedgerEntry entry, String id) {
            screen.received(entry.message);
            callbacks.delivered(entry, id);
          }

          @Override
          public void refused(LedgerEntry entry, String reason) {
            screen.refused(entry.message, reason);
          }
        };
    providers.put(name, new SimulatedProvider(vertx, name, reader, ledger, run, listener));
  }

  private SimulatorRoutes routes(GatewayClient client, Callbacks callbacks) {
    ControlCalls controls =
        new ControlCalls(
            run, providers, ledger, screen, callbacks, new InboundMessages(client, run, screen));
    return controls
        .addTo(new SimulatorRoutes())
        .on("POST", "/sms", request -> provider(SMS).handle(request))
        .on("POST", "/email", request -> provider(EMAIL).handle(request));
  }

  private SimulatedProvider provider(String name) {
    return Objects.requireNonNull(providers.get(name));
  }

  private static Map<String, ProviderReply> pages() {
    return Map.of(
        "/", page("index.html", "text/html; charset=utf-8"),
        "/simulator.css", page("simulator.css", "text/css; charset=utf-8"),
        "/simulator.js", page("simulator.js", "text/javascript; charset=utf-8"));
  }

  private static ProviderReply page(String file, String type) {
    try (InputStream in = SimulatorVerticle.class.getResourceAsStream("/simulator/" + file)) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      return new ProviderReply.Answer(200, type, Map.of(), Buffer.buffer(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Future<?> drain(Deadline deadline) {
    HttpServer listening = server;
    return listening == null
        ? Future.succeededFuture()
        : listening.shutdown(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
  }
}
