package io.parley.store.db;

import io.parley.flow.Outage;
import io.parley.flow.Slots;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A write lane: one connection with one batch in flight, while the next batch accumulates.
 *
 * <p>There is no timer: a request to an idle lane is sent at once, as a batch of one, and under
 * load a batch is whatever accumulated during the previous one. A batch that fails is retried one
 * request at a time, so that a bad row fails alone. A conversation that another transaction holds
 * is tried once more in the next batch, and then leaves the lane ({@link BlockedConversations}).
 * Confined to one event loop.
 */
public final class WriteLane<Q, R> {
  // small, so that one batch accumulates and answers while another commits
  private static final int MAX_BATCH = 32;
  private static final int MAX_FOUND_LOCKED = 1;
  private static final long RECONNECT_MS = 50;

  private final Vertx vertx;
  private final Availability availability;
  private final LaneStatement<Q, R> statement;
  private final Slots slots;
  private final Runnable unknownOutcome;
  private final long deadlineMs;
  private final BatchSender<Q, R> sender;
  private final BlockedConversations<Q, R> blocked;
  private final Deque<PendingWrite<Q, R>> waiting = new ArrayDeque<>();
  private List<PendingWrite<Q, R>> inFlight = List.of();
  private boolean reconnecting;

  public WriteLane(Vertx vertx, Database database, LaneStatement<Q, R> statement, int maxWaiting) {
    this.vertx = vertx;
    this.availability = database.availability();
    this.statement = statement;
    this.slots = new Slots(maxWaiting);
    DatabaseConnections connections = database.connections();
    this.unknownOutcome = database::reportUnknownOutcome;
    this.deadlineMs = connections.laneDeadline().toMillis();
    this.sender = new BatchSender<>(connections.lane(), availability, statement);
    this.blocked =
        new BlockedConversations<>(
            vertx,
            WriteLane::nowMs,
            new BatchSender<>(connections.blockedLane(), availability, statement));
    availability.onLost(lost -> failAll());
  }

  private static long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  public Future<R> send(Q request) {
    Optional<Outage> refusal = availability.refusal(true);
    if (refusal.isPresent()) {
      return Future.failedFuture(refusal.get());
    }
    if (!slots.tryTake()) {
      return Future.failedFuture(Outage.unavailable("too many pending writes"));
    }
    PendingWrite<Q, R> pending =
        new PendingWrite<>(
            request, statement.conversation(request), nowMs() + deadlineMs, unknownOutcome);
    waiting.add(pending);
    sendNextBatch();
    return pending.promise.future().onComplete(done -> slots.release());
  }

  private void sendNextBatch() {
    if (!inFlight.isEmpty() || reconnecting) {
      return;
    }
    List<PendingWrite<Q, R>> batch = takeBatch();
    if (batch.isEmpty()) {
      return;
    }
    inFlight = batch;
    sender
        .send(batch, false)
        .onSuccess(
            unanswered -> {
              inFlight = List.of();
              retry(unanswered.again());
              unanswered.locked().reversed().forEach(this::retryLocked);
              if (unanswered.connected()) {
                sendNextBatch();
              } else {
                reconnect();
              }
            });
  }

  /** As many requests as fit, or a single one that has to be sent separately. */
  private List<PendingWrite<Q, R>> takeBatch() {
    List<PendingWrite<Q, R>> batch = new ArrayList<>();
    while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
      PendingWrite<Q, R> next = waiting.element();
      if (next.foundLocked > MAX_FOUND_LOCKED || blocked.contains(next.conversation)) {
        blocked.add(waiting.remove());
      } else if (next.sendSeparately) {
        if (batch.isEmpty()) {
          batch.add(waiting.remove());
        }
        break;
      } else {
        batch.add(waiting.remove());
      }
    }
    return batch;
  }

  private void retryLocked(PendingWrite<Q, R> request) {
    request.foundLocked++;
    waiting.addFirst(request);
  }

  /** Puts requests back to the head of the queue, in order; those past their deadline fail. */
  private void retry(List<PendingWrite<Q, R>> batch) {
    long now = nowMs();
    for (PendingWrite<Q, R> pending : batch.reversed()) {
      if (pending.isOverdue(now)) {
        pending.fail("the database is too busy");
      } else {
        waiting.addFirst(pending);
      }
    }
  }

  private void reconnect() {
    reconnecting = true;
    vertx.setTimer(
        RECONNECT_MS,
        later -> {
          reconnecting = false;
          List<PendingWrite<Q, R>> all = new ArrayList<>(waiting);
          waiting.clear();
          retry(all);
          sendNextBatch();
        });
  }

  /** The database does not answer: fails every request instead of letting it wait. */
  private void failAll() {
    inFlight.forEach(each -> each.doubtful = true);
    List<PendingWrite<Q, R>> all = new ArrayList<>(inFlight);
    all.addAll(waiting);
    all.addAll(blocked.clear());
    waiting.clear();
    all.forEach(each -> each.fail("the database is not available"));
  }
}
