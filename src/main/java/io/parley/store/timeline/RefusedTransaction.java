package io.parley.store.timeline;

import io.parley.store.db.ReusedKey;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;

/**
 * The failure that rolls a transaction back because its request is refused. Outside the transaction
 * {@link #recover} turns it into a refusal, which is a value.
 */
public final class RefusedTransaction extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Refusal reason;

  public RefusedTransaction(Refusal reason) {
    super(reason.name(), null, false, false);
    this.reason = reason;
  }

  /** The refusal that {@code failure} stands for; any other failure stays one. */
  public static <T> Future<Result<T>> recover(Throwable failure) {
    return switch (failure) {
      case RefusedTransaction refused -> Future.succeededFuture(Result.refused(refused.reason));
      case ReusedKey reused -> Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
      default -> Future.failedFuture(failure);
    };
  }
}
