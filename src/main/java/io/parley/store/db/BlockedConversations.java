package io.parley.store.db;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The requests of a lane whose conversations another transaction holds, kept off the lane so that
 * they delay nobody else.
 *
 * <p>One conversation is tried at a time, on a connection of its own, and waits a moment for its
 * lock, because a node that only looked whether the lock is free would starve beside one that
 * writes all the time. A conversation that stays locked is tried ever more rarely. Until its last
 * request is answered, all later ones of that conversation join it here, so their order is kept.
 * Confined to one event loop.
 */
final class BlockedConversations<Q, R> {
  private static final int MAX_BATCH = 32;
  private static final long MIN_PAUSE_MS = 50;
  private static final long MAX_PAUSE_MS = 1_000;
  private static final int MAX_DOUBLINGS = 5;

  private static final class Blocked<Q, R> {
    final long conversation;
    final Deque<PendingWrite<Q, R>> requests = new ArrayDeque<>();
    int failures;
    long dueAt;

    Blocked(long conversation, long now) {
      this.conversation = conversation;
      this.dueAt = now;
    }

    /** The next batch: as many as fit, or one that has to go separately. */
    List<PendingWrite<Q, R>> take() {
      List<PendingWrite<Q, R>> batch = new ArrayList<>();
      do {
        batch.add(requests.remove());
      } while (!batch.getFirst().sendSeparately
          && batch.size() < MAX_BATCH
          && !requests.isEmpty()
          && !requests.element().sendSeparately);
      return batch;
    }

    void postpone(long now) {
      dueAt = now + Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS << Math.min(failures++, MAX_DOUBLINGS));
    }
  }

  private final Vertx vertx;
  private final LongSupplier clock;
  private final BatchSender<Q, R> sender;
  private final Map<Long, Blocked<Q, R>> blocked = new LinkedHashMap<>();
  private List<PendingWrite<Q, R>> inFlight = List.of();
  private long timer = -1;

  BlockedConversations(Vertx vertx, LongSupplier clock, BatchSender<Q, R> sender) {
    this.vertx = vertx;
    this.clock = clock;
    this.sender = sender;
  }

  boolean contains(long conversation) {
    return blocked.containsKey(conversation);
  }

  void add(PendingWrite<Q, R> request) {
    blocked
        .computeIfAbsent(request.conversation, id -> new Blocked<>(id, clock.getAsLong()))
        .requests
        .add(request);
    sendNext();
  }

  /** Removes and returns all requests. */
  Collection<PendingWrite<Q, R>> clear() {
    inFlight.forEach(each -> each.doubtful = true);
    List<PendingWrite<Q, R>> all = new ArrayList<>(inFlight);
    blocked.values().forEach(each -> all.addAll(each.requests));
    blocked.clear();
    return all;
  }

  private void sendNext() {
    if (!inFlight.isEmpty() || blocked.isEmpty()) {
      return;
    }
    failOverdue();
    Optional<Blocked<Q, R>> next =
        blocked.values().stream().min(Comparator.comparingLong(each -> each.dueAt));
    next.ifPresent(
        each -> {
          if (each.dueAt <= clock.getAsLong()) {
            send(each);
          } else {
            wakeUpAt(each.dueAt);
          }
        });
  }

  private void send(Blocked<Q, R> next) {
    inFlight = next.take();
    sender
        .send(inFlight, true)
        .onSuccess(
            unanswered -> {
              inFlight = List.of();
              putBack(next, unanswered.again());
              putBack(next, unanswered.locked());
              if (!unanswered.locked().isEmpty() || !unanswered.connected()) {
                next.postpone(clock.getAsLong());
              } else {
                next.failures = 0;
                next.dueAt = clock.getAsLong();
              }
              if (next.requests.isEmpty()) {
                blocked.remove(next.conversation, next);
              }
              sendNext();
            });
  }

  private static <Q, R> void putBack(Blocked<Q, R> blocked, List<PendingWrite<Q, R>> requests) {
    requests.reversed().forEach(blocked.requests::addFirst);
  }

  private void failOverdue() {
    long now = clock.getAsLong();
    blocked
        .values()
        .removeIf(
            each -> {
              each.requests.removeIf(
                  request -> {
                    boolean overdue = request.isOverdue(now);
                    if (overdue) {
                      request.fail("the conversation is locked by another request");
                    }
                    return overdue;
                  });
              return each.requests.isEmpty();
            });
  }

  private void wakeUpAt(long at) {
    if (timer < 0) {
      timer =
          vertx.setTimer(
              Math.max(1, at - clock.getAsLong()),
              due -> {
                timer = -1;
                sendNext();
              });
    }
  }
}
