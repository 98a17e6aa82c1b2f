package io.parley.dispatch.json;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.WriteStream;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gathers one reply up to a bound; what goes on beyond it is given up, together with its
 * connection, and judged by what fits.
 */
final class BoundedBody implements BodyCodec<Buffer>, BodyStream<Buffer> {
  static final int MOST = 64 * 1024;

  private final Promise<Buffer> whole = Promise.promise();
  private final Buffer body = Buffer.buffer();
  private @Nullable HttpClientResponse response;

  /** Introduces each reply to the one who gathers it: only the client knows its connection. */
  static void met(HttpContext<?> context) {
    HttpClientResponse response = context.clientResponse();
    if (response != null && context.request().bodyCodec() instanceof BoundedBody body) {
      body.response = response;
    }
    context.next();
  }

  /** The reply has begun, and this is what of it fits. */
  Optional<HttpClientResponse> begun() {
    return Optional.ofNullable(response);
  }

  boolean isTooLong() {
    return body.length() == MOST;
  }

  Buffer soFar() {
    return body;
  }

  /** Nobody waits for the rest; a connection that it still comes on is of no use to others. */
  void abandon() {
    begun().ifPresent(reply -> reply.request().reset());
  }

  @Override
  public BodyStream<Buffer> stream() {
    return this;
  }

  @Override
  public Future<Buffer> result() {
    return whole.future();
  }

  @Override
  public Future<Void> write(Buffer part) {
    body.appendBuffer(part.getBuffer(0, Math.min(part.length(), MOST - body.length())));
    if (!isTooLong()) {
      return Future.succeededFuture();
    }
    IOException tooMuch = new IOException("the reply is too long");
    whole.tryFail(tooMuch);
    abandon();
    return Future.failedFuture(tooMuch);
  }

  @Override
  public Future<Void> end() {
    whole.tryComplete(body);
    return Future.succeededFuture();
  }

  @Override
  public void handle(Throwable failure) {
    whole.tryFail(failure);
  }

  @Override
  public BoundedBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public WriteStream<Buffer> setWriteQueueMaxSize(int size) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
