package io.parley.dispatch;

import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settlement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles outcomes in batches: one batch is in flight, and everything that arrives meanwhile is the
 * next one.
 *
 * <p>A batch that fails is repeated as long as its leases last. After that another node may send
 * the message again under the same key, so this node must not settle it. Confined to one event
 * loop.
 */
final class SettlementQueue {
  private static final Logger LOG = LoggerFactory.getLogger(SettlementQueue.class);
  private static final int MAX_BATCH = 500;
  private static final int MAX_WAITING = 2_000;
  private static final long RETRY_MS = 200;

  private record Waiting(Settlement settlement, Instant leasedUntil) {}

  private final String provider;
  private final DeliveryStore store;
  private final Timer timer;
  private final InstantSource clock;
  private final Consumer<List<Settlement>> whenSettled;
  private final Runnable whenIdle;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Set<Waiting> postponed = new HashSet<>();
  private boolean settling;

  SettlementQueue(
      String provider,
      DeliveryStore store,
      Timer timer,
      InstantSource clock,
      Consumer<List<Settlement>> whenSettled,
      Runnable whenIdle) {
    this.provider = provider;
    this.store = store;
    this.timer = timer;
    this.clock = clock;
    this.whenSettled = whenSettled;
    this.whenIdle = whenIdle;
  }

  /** How many more outcomes may wait: while the store is slow, fewer deliveries are claimed. */
  int capacity() {
    return MAX_WAITING - waiting.size() - postponed.size();
  }

  boolean isEmpty() {
    return !settling && waiting.isEmpty() && postponed.isEmpty();
  }

  void add(Settlement settlement, Instant leasedUntil) {
    waiting.add(new Waiting(settlement, leasedUntil));
    settleNext();
  }

  private void settleNext() {
    if (settling || waiting.isEmpty()) {
      return;
    }
    settling = true;
    List<Waiting> batch = new ArrayList<>();
    while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
      batch.add(waiting.remove());
    }
    List<Settlement> settlements = batch.stream().map(Waiting::settlement).toList();
    store
        .settle(new Settle(settlements))
        .onComplete(
            (settled, failure) -> {
              if (failure == null) {
                settling = false;
                complete(batch, settled.locked());
                settleNext();
              } else {
                retry(batch, failure);
              }
              whenIdle.run();
            });
  }

  /** Postpones those whose conversation is locked: the others do not wait for them. */
  private void complete(List<Waiting> batch, Set<Long> lockedDeliveries) {
    List<Waiting> locked =
        batch.stream()
            .filter(each -> lockedDeliveries.contains(each.settlement().delivery()))
            .toList();
    whenSettled.accept(
        batch.stream().filter(each -> !locked.contains(each)).map(Waiting::settlement).toList());
    if (!locked.isEmpty()) {
      postponed.addAll(locked);
      timer.after(
          RETRY_MS,
          () -> {
            postponed.removeAll(locked);
            putBack(locked);
            settleNext();
            whenIdle.run();
          });
    }
  }

  private void putBack(List<Waiting> batch) {
    Instant now = clock.instant();
    batch.reversed().stream()
        .filter(each -> each.leasedUntil().isAfter(now))
        .forEach(waiting::addFirst);
  }

  private void retry(List<Waiting> batch, Throwable failure) {
    LOG.atWarn()
        .addKeyValue("provider", provider)
        .addKeyValue("count", batch.size())
        .addKeyValue("reason", failure.toString())
        .log("Settlement failed; it will be repeated");
    putBack(batch);
    timer.after(
        RETRY_MS,
        () -> {
          settling = false;
          settleNext();
          whenIdle.run();
        });
  }
}
