package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Promise;

/** A request of a {@link WriteLane} that has no answer yet. */
final class PendingWrite<Q, R> {
  private static final int MAX_TRIES = 5;

  final Q request;
  final long conversation;
  final Promise<R> promise = Promise.promise();

  /** Whether an earlier attempt may have been committed: its reply was lost. */
  boolean doubtful;

  /** Whether it has to go in a batch of its own, because a batch with it failed. */
  boolean sendSeparately;

  /** How often another transaction held its conversation. */
  int foundLocked;

  private final long deadline;
  private final Runnable unknownOutcome;
  private int tries;

  /** {@code unknownOutcome} runs if nobody can say what became of it. */
  PendingWrite(Q request, long conversation, long deadline, Runnable unknownOutcome) {
    this.request = request;
    this.conversation = conversation;
    this.deadline = deadline;
    this.unknownOutcome = unknownOutcome;
  }

  boolean isAnswered() {
    return promise.future().isComplete();
  }

  boolean isOverdue(long nowMs) {
    return nowMs - deadline >= 0;
  }

  /** Counts a failure that a retry may mend; false if there were too many. */
  boolean mayTryAgain() {
    return ++tries < MAX_TRIES;
  }

  void fail(String reason) {
    fail(Outage.unavailable(reason));
  }

  /**
   * Fails it. Whatever its last attempt failed with: what an earlier one may have stored is never
   * "not done".
   */
  void fail(Throwable failure) {
    if (!doubtful) {
      promise.tryFail(SqlErrors.toOutage(failure, false));
    } else if (promise.tryFail(
        Outage.outcomeUnknown("the database connection was lost during the request", failure))) {
      unknownOutcome.run();
    }
  }
}
