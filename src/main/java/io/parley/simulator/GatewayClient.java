package io.parley.simulator;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The way to the gateway's webhooks. */
final class GatewayClient {
  private static final int CONNECT_MS = 2_000;
  private static final int ANSWER_MS = 10_000;
  private static final int MOST_ANSWER = 64 * 1024;
  private static final int CONNECTIONS = 16;
  private static final int MOST_WAITING = 10_000;

  private final HttpClient client;
  private final String gateway;

  GatewayClient(Vertx vertx, String gateway) {
    this.gateway = gateway;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions().setConnectTimeout(CONNECT_MS).setKeepAliveTimeout(10),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
  }

  /** What the gateway said. */
  record Said(int status, Buffer body) {
    /** Whether asking once more may help. */
    boolean isTrouble() {
      return status >= 500 || status == 429;
    }
  }

  Future<Said> post(String path, Buffer json) {
    return client
        .request(
            new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(gateway + path)
                .putHeader("Content-Type", "application/json"))
        .compose(request -> request.idleTimeout(ANSWER_MS).send(json))
        .compose(GatewayClient::said)
        .timeout(CONNECT_MS + ANSWER_MS, TimeUnit.MILLISECONDS);
  }

  private static Future<Said> said(HttpClientResponse response) {
    Promise<Said> said = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(
        part -> {
          if (body.length() + part.length() <= MOST_ANSWER) {
            body.appendBuffer(part);
          } else if (said.tryFail(new IOException("the answer is too long"))) {
            response.request().reset();
          }
        });
    response.endHandler(end -> said.tryComplete(new Said(response.statusCode(), body)));
    response.exceptionHandler(said::tryFail);
    return said.future();
  }
}
