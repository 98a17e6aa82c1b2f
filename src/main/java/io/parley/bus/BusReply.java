package io.parley.bus;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A reply inside the node: the value, or the throwable itself. */
record BusReply(@Nullable Object value, @Nullable Throwable failure) {
  <R> Future<R> as(Class<R> type) {
    return failure == null
        ? Future.succeededFuture(type.cast(value))
        : Future.failedFuture(failure);
  }
}
