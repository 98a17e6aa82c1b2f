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
 * A reply body read up to a limit. A longer reply is abandoned together with its connection and is
 * judged by the part that was read.
 */
final class BoundedBody implements BodyCodec<Buffer>, BodyStream<Buffer> {
  static final int MAX_BYTES = 64 * 1024;

  private final Promise<Buffer> complete = Promise.promise();
  private final Buffer body = Buffer.buffer();
  private @Nullable HttpClientResponse response;

  /** A client interceptor that hands each response to its body; the codec cannot see it. */
  static void attach(HttpContext<?> context) {
    HttpClientResponse response = context.clientResponse();
    if (response != null && context.request().bodyCodec() instanceof BoundedBody body) {
      body.response = response;
    }
    context.next();
  }

  /** The response, if it has begun. */
  Optional<HttpClientResponse> response() {
    return Optional.ofNullable(response);
  }

  boolean isTooLong() {
    return body.length() == MAX_BYTES;
  }

  Buffer soFar() {
    return body;
  }

  /** Closes the connection: the rest of the reply would still arrive on it. */
  void abandon() {
    response().ifPresent(reply -> reply.request().reset());
  }

  @Override
  public BodyStream<Buffer> stream() {
    return this;
  }

  @Override
  public Future<Buffer> result() {
    return complete.future();
  }

  @Override
  public Future<Void> write(Buffer part) {
    body.appendBuffer(part.getBuffer(0, Math.min(part.length(), MAX_BYTES - body.length())));
    if (!isTooLong()) {
      return Future.succeededFuture();
    }
    IOException tooLong = new IOException("reply too long");
    complete.tryFail(tooLong);
    abandon();
    return Future.failedFuture(tooLong);
  }

  @Override
  public Future<Void> end() {
    complete.tryComplete(body);
    return Future.succeededFuture();
  }

  @Override
  public void handle(Throwable failure) {
    complete.tryFail(failure);
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
