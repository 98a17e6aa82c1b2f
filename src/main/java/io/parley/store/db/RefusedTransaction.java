package io.parley.store.db;

import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;

/**
 * For leaving a transaction early, with everything undone; outside it is a refusal like any other.
 */
public final class RefusedTransaction extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Refusal reason;

  public RefusedTransaction(Refusal reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  public static <T> Future<Result<T>> refused(Throwable failure) {
    return failure instanceof RefusedTransaction undone
        ? Future.succeededFuture(Result.refused(undone.reason))
        : Future.failedFuture(failure);
  }
}
