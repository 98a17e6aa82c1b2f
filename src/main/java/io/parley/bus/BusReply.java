package io.parley.bus;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A reply as it crosses the node: the value, or the very throwable that stopped it. */
record BusReply(@Nullable Object value, @Nullable Throwable failure) {
  <R> Future<R> as(Class<R> type) {
    return failure == null
        ? Future.succeededFuture(type.cast(value))
        : Future.failedFuture(failure);
  }
}
