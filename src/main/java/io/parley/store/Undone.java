package io.parley.store;

import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;

/**
 * For leaving a transaction early, with everything undone; outside it is a refusal like any other.
 */
final class Undone extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Refusal reason;

  Undone(Refusal reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  static <T> Future<Result<T>> refused(Throwable failure) {
    return failure instanceof Undone undone
        ? Future.succeededFuture(Result.refused(undone.reason))
        : Future.failedFuture(failure);
  }
}
