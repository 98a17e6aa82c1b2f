package io.parley.store.db;

import io.parley.flow.Outage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends batches of writes over one connection, one at a time, and answers their callers: never
 * before the commit, and never "not done" when it may have been done. What has no answer yet is
 * returned, to be sent again: every request is keyed, so what was committed is found instead of
 * repeated. Confined to one event loop.
 */
final class BatchSender<Q, R> {
  private final WatchedConnection connection;
  private final Availability availability;
  private final LaneStatement<Q, R> statement;

  /**
   * What of a batch has to be sent again, in order.
   *
   * @param locked requests whose conversations another transaction holds
   * @param again requests that failed with the others
   * @param connected whether the database was reached
   */
  record Unanswered<Q, R>(
      List<PendingWrite<Q, R>> locked, List<PendingWrite<Q, R>> again, boolean connected) {

    /** Without those that failed while they were in flight. */
    Unanswered<Q, R> withoutAnswered() {
      return new Unanswered<>(unanswered(locked), unanswered(again), connected);
    }

    private static <Q, R> List<PendingWrite<Q, R>> unanswered(List<PendingWrite<Q, R>> requests) {
      return requests.stream().filter(each -> !each.isAnswered()).toList();
    }
  }

  BatchSender(
      WatchedConnection connection, Availability availability, LaneStatement<Q, R> statement) {
    this.connection = connection;
    this.availability = availability;
    this.statement = statement;
  }

  /** {@code wait}: whether to wait for locked conversations, as long as the connection allows. */
  Future<Unanswered<Q, R>> send(List<PendingWrite<Q, R>> batch, boolean wait) {
    Promise<Unanswered<Q, R>> unanswered = Promise.promise();
    List<Q> requests = batch.stream().map(each -> each.request).toList();
    connection
        .execute(statement.sql(batch.size()), statement.parameters(requests, wait))
        .onComplete(
            (rows, failure) ->
                unanswered.complete(
                    failure == null
                        ? answer(batch, rows)
                        : afterFailure(batch, failure).withoutAnswered()));
    return unanswered.future();
  }

  private Unanswered<Q, R> answer(List<PendingWrite<Q, R>> batch, RowSet<Row> rows) {
    availability.noteAnswer();
    List<PendingWrite<Q, R>> done = new ArrayList<>(batch.size());
    List<R> results = new ArrayList<>(batch.size());
    List<PendingWrite<Q, R>> locked = new ArrayList<>();
    int i = 0;
    for (Row row : rows) {
      PendingWrite<Q, R> pending = batch.get(i);
      R result = statement.result(pending.request, row, pending.doubtful);
      if (result == null) {
        locked.add(pending);
      } else {
        done.add(pending);
        results.add(result);
      }
      i++;
    }
    statement.committed(done.stream().map(each -> each.request).toList(), results);
    for (int d = 0; d < done.size(); d++) {
      done.get(d).promise.tryComplete(results.get(d));
    }
    return new Unanswered<>(locked, List.of(), true);
  }

  private Unanswered<Q, R> afterFailure(List<PendingWrite<Q, R>> batch, Throwable failure) {
    availability.noteFailure(failure);
    if (SqlErrors.isLostConnection(failure)) {
      batch.forEach(each -> each.doubtful = true);
      return new Unanswered<>(List.of(), batch, true);
    }
    if (failure instanceof Outage) {
      return new Unanswered<>(List.of(), batch, false);
    }
    if (SqlErrors.isLocked(failure)) {
      return new Unanswered<>(batch, List.of(), true);
    }
    return new Unanswered<>(List.of(), afterRefusal(batch, failure), true);
  }

  private static <Q, R> List<PendingWrite<Q, R>> afterRefusal(
      List<PendingWrite<Q, R>> batch, Throwable failure) {
    if (SqlErrors.isTransient(failure)) {
      List<PendingWrite<Q, R>> again = batch.stream().filter(PendingWrite::mayTryAgain).toList();
      batch.stream().filter(each -> !again.contains(each)).forEach(each -> each.fail(failure));
      return again;
    }
    if (batch.size() == 1 || SqlErrors.toOutage(failure, false) instanceof Outage) {
      batch.forEach(each -> each.fail(failure));
      return List.of();
    }
    // one of them is bad: each goes separately, so that only the bad one fails
    batch.forEach(each -> each.sendSeparately = true);
    return batch;
  }
}
