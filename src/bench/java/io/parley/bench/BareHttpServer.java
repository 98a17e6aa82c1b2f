package io.parley.bench;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;

/** The physical limit of HTTP: Vert.x reads a request and answers JSON. */
final class BareHttpServer extends VerticleBase {
  private static final Buffer BODY =
      Buffer.buffer(
          """
          {"id":3,"username":"ann","name":"Ann","email":"ann@example.org","kind":"person",\
          "created_at":"2026-01-01T00:00:00.000Z"}""");

  private final int port;

  private BareHttpServer(int port) {
    this.port = port;
  }

  /** In a JVM of its own; ready when it answers. */
  static BenchProcess process(int port) {
    return BenchProcess.java(
        "bare",
        Map.of(),
        "@conf/jvm.options",
        "-cp",
        System.getProperty("java.class.path"),
        BareHttpServer.class.getName(),
        Integer.toString(port));
  }

  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[0]);
    int loops = Runtime.getRuntime().availableProcessors();
    Vertx vertx =
        Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops).setPreferNativeTransport(true));
    for (int i = 0; i < loops; i++) {
      vertx.deployVerticle(new BareHttpServer(port)).await();
    }
  }

  @Override
  public Future<HttpServer> start() {
    return vertx
        .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
        .requestHandler(BareHttpServer::answer)
        .listen();
  }

  private static void answer(HttpServerRequest request) {
    Future<Void> sent =
        request
            .body()
            .compose(
                body -> request.response().putHeader("Content-Type", "application/json").end(BODY));
    sent.onFailure(gone -> {});
  }
}
