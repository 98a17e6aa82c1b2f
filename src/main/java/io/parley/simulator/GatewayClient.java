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

/** An HTTP client of the gateway's webhooks. */
final class GatewayClient {
  private static final int CONNECT_TIMEOUT_MS = 2_000;
  private static final int ANSWER_TIMEOUT_MS = 10_000;
  private static final int MAX_ANSWER = 64 * 1024;
  private static final int CONNECTIONS = 16;
  private static final int MAX_WAITING = 10_000;

  private final HttpClient client;
  private final String gateway;

  GatewayClient(Vertx vertx, String gateway) {
    this.gateway = gateway;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS).setKeepAliveTimeout(10),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING));
  }

  /** An answer of the gateway. */
  record GatewayAnswer(int status, Buffer body) {
    /** Whether a retry may succeed. */
    boolean isRetryable() {
      return status >= 500 || status == 429;
    }
  }

  Future<GatewayAnswer> post(String path, Buffer json) {
    return client
        .request(
            new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(gateway + path)
                .putHeader("Content-Type", "application/json"))
        .compose(request -> request.idleTimeout(ANSWER_TIMEOUT_MS).send(json))
        .compose(GatewayClient::read)
        .timeout(CONNECT_TIMEOUT_MS + ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static Future<GatewayAnswer> read(HttpClientResponse response) {
    Promise<GatewayAnswer> answer = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(
        part -> {
          if (body.length() + part.length() <= MAX_ANSWER) {
            body.appendBuffer(part);
          } else if (answer.tryFail(new IOException("answer too long"))) {
            response.request().reset();
          }
        });
    response.endHandler(end -> answer.tryComplete(new GatewayAnswer(response.statusCode(), body)));
    response.exceptionHandler(answer::tryFail);
    return answer.future();
  }
}
