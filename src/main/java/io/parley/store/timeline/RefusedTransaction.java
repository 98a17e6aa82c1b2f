package io.parley.store.timeline;

import io.parley.store.db.ReusedKey;
import io.parley.timeline.Refusal;
import io.parley.timeline.Result;
import io.vertx.core.Future;
import java.util.List;

/**
 * The failure that rolls a transaction back because its request is refused. Outside the transaction
 * {@link #recover} turns it into a refusal, which is a value.
 */
public final class RefusedTransaction extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Refusal reason;
  private final transient List<String> names;

  public RefusedTransaction(Refusal reason) {
    this(reason, List.of());
  }

  /** {@code names} says which of the things that the request named are at fault. */
  public RefusedTransaction(Refusal reason, List<String> names) {
    super(reason.name(), null, false, false);
    this.reason = reason;
    this.names = names;
  }

  /** The refusal that {@code failure} stands for; any other failure stays one. */
  public static <T> Future<Result<T>> recover(Throwable failure) {
    return switch (failure) {
      case RefusedTransaction refused ->
          Future.succeededFuture(Result.refused(refused.reason, refused.names));
      case ReusedKey reused -> Future.succeededFuture(Result.refused(Refusal.KEY_REUSED));
      default -> Future.failedFuture(failure);
    };
  }
}
