package io.parley.bench;

import io.netty.buffer.ByteBuf;
import io.parley.testing.ChildProcess;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The framework's own event-bus bridge as a fan-out peer; any client may publish. */
final class EventBusBridgeFanOut implements FanOutServer {
  private final BenchProcess process;
  private final int port;

  private EventBusBridgeFanOut(BenchProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static EventBusBridgeFanOut start() throws InterruptedException {
    int port = ChildProcess.freePort();
    BenchProcess process =
        BenchProcess.java(
            "bridge-fan",
            Map.of(),
            "@conf/jvm.options",
            "-cp",
            System.getProperty("java.class.path"),
            EventBusBridgeFanOut.class.getName(),
            Integer.toString(port));
    double _ = process.awaitReady("http://127.0.0.1:" + port + "/ready");
    return new EventBusBridgeFanOut(process, port);
  }

  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[0]);
    int loops = Runtime.getRuntime().availableProcessors();
    Vertx vertx =
        Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops).setPreferNativeTransport(true));
    for (int i = 0; i < loops; i++) {
      vertx.deployVerticle(new Bridge(port)).await();
    }
  }

  private static final class Bridge extends VerticleBase {
    private final int port;

    Bridge(int port) {
      this.port = port;
    }

    @Override
    public Future<HttpServer> start() {
      PermittedOptions inbox = new PermittedOptions().setAddress("inbox");
      Router router = Router.router(vertx);
      router.get("/ready").handler(request -> request.end());
      router
          .route("/eventbus/*")
          .subRouter(
              SockJSHandler.create(vertx)
                  .bridge(
                      new SockJSBridgeOptions()
                          .addInboundPermitted(inbox)
                          .addOutboundPermitted(inbox)));
      return vertx
          .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
          .requestHandler(router)
          .listen();
    }
  }

  @Override
  public String name() {
    return "stock SockJS bridge";
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public double cpu() {
    return ProcessCpu.family(process.pid());
  }

  @Override
  public String path() {
    return "/eventbus/websocket";
  }

  @Override
  public String headers(int socket) {
    return "";
  }

  @Override
  public String greeting() {
    return "{\"type\":\"register\",\"address\":\"inbox\",\"headers\":{}}\n{\"type\":\"send\",\"address\":\"nowhere\",\"body\":{}}";
  }

  // it does not answer pings; to what it does not permit it says so
  @Override
  public boolean isWelcome(ByteBuf payload) {
    return payload.toString(StandardCharsets.US_ASCII).startsWith("{\"type\":\"err\"");
  }

  @Override
  public String message(long number) {
    return "{\"type\":\"publish\",\"address\":\"inbox\",\"headers\":{},\"body\":{\"text\":\""
        + TEXT
        + "\"}}";
  }

  @Override
  public int messages(ByteBuf payload, long before) {
    return payload.readableBytes() > TEXT.length() ? 1 : 0;
  }

  @Override
  public void close() {
    process.close();
  }
}
