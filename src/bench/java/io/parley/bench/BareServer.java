package io.parley.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;

/** The physical limit: Vert.x answering JSON and doing nothing else. */
public final class BareServer extends AbstractVerticle {
  private static final Buffer BODY =
      Buffer.buffer("{\"id\":3,\"username\":\"ann\",\"name\":\"Ann\",\"email\":\"ann@example.org\",\"kind\":\"person\",\"created_at\":\"2026-01-01T00:00:00.000Z\"}");

  public static void main(String[] arguments) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(Runtime.getRuntime().availableProcessors()));
    DeploymentOptions options = new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
    System.setProperty("bare.port", arguments[0]);
    vertx.deployVerticle(BareServer.class, options).toCompletionStage().toCompletableFuture().join();
  }

  @Override
  public void start() {
    vertx
        .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(Integer.getInteger("bare.port")))
        .requestHandler(request -> request.response().putHeader("Content-Type", "application/json").end(BODY))
        .listen()
        .toCompletionStage();
  }
}
