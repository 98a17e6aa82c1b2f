package io.parley.dispatch.json;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Gathers a reply up to a bound; one that goes on beyond it is given up. */
final class BoundedBody implements BodyStream<Buffer> {
  static final int MOST = 64 * 1024;

  private final Promise<Buffer> whole = Promise.promise();
  private final Buffer body = Buffer.buffer();

  static BodyCodec<Buffer> codec() {
    return BoundedBody::new;
  }

  @Override
  public Future<Buffer> result() {
    return whole.future();
  }

  @Override
  public Future<Void> write(Buffer part) {
    if (body.length() + part.length() > MOST) {
      IOException tooMuch = new IOException("the reply is too long");
      whole.tryFail(tooMuch);
      return Future.failedFuture(tooMuch);
    }
    body.appendBuffer(part);
    return Future.succeededFuture();
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
