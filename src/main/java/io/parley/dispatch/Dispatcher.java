package io.parley.dispatch;

import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.Claims;
import io.parley.channel.DispatchVerbs.Lease;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Released;
import io.parley.channel.DispatchVerbs.Settle;
import io.parley.channel.DispatchVerbs.Settled;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.channel.RetrySchedule;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rounds of one provider: claim what there is room for, ask, settle; at once again while there is
 * work, else when somebody hints that there is, and every second at the latest.
 *
 * <p>One claim is under way at a time, and one settlement, which takes everything that gathered
 * meanwhile. What is claimed is asked at once, so a lease never waits in a queue. Confined to one
 * event loop.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int BATCH = 500;
  private static final int MOST_UNSETTLED = 2_000;
  static final long REST_MS = 1_000;
  private static final long BREATH_MS = 5;
  private static final long AGAIN_MS = 200;
  private static final Duration SLACK = Duration.ofSeconds(10);
  private static final Duration LATER = Duration.ofMillis(500);

  /** Where deliveries come from and go back to. */
  interface Office {
    Future<Claims> claim(ClaimDue wanted);

    Future<Settled> settle(Settle wanted);

    Future<Released> release(ReleaseLeases wanted);
  }

  /** Calls back once, later; what it returns takes that back. */
  interface Alarm {
    Runnable after(long ms, Runnable wake);
  }

  private record Unsettled(Settlement settlement, Instant leasedUntil) {}

  private final DispatchTarget carrier;
  private final BooleanSupplier takesFresh;
  private final Office office;
  private final Alarm alarm;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final RetrySchedule schedule;
  private final Deque<Unsettled> unsettled = new ArrayDeque<>();
  private final Promise<Void> drained = Promise.promise();
  private boolean claiming;
  private boolean settling;
  private boolean hinted;
  private boolean stopped;
  private int asking;
  private long emptyAtMs = Long.MIN_VALUE / 2;
  private long alarmAtMs = Long.MAX_VALUE;
  private @Nullable Runnable unset;

  Dispatcher(
      DispatchTarget carrier,
      BooleanSupplier takesFresh,
      Office office,
      Alarm alarm,
      InstantSource clock,
      RandomGenerator random,
      RetrySchedule schedule) {
    this.carrier = carrier;
    this.takesFresh = takesFresh;
    this.office = office;
    this.alarm = alarm;
    this.clock = clock;
    this.random = random;
    this.schedule = schedule;
  }

  /** There may be something to do. Cheap, and as often as you like. */
  void hint() {
    if (claiming) {
      hinted = true;
    } else if (clock.millis() - emptyAtMs < BREATH_MS) {
      wakeIn(BREATH_MS);
    } else {
      round();
    }
  }

  /** Claims no more; done when everything under way is settled. */
  Future<Void> stop() {
    stopped = true;
    if (unset != null) {
      unset.run();
    }
    checkDrained();
    return drained.future();
  }

  private void round() {
    if (stopped || claiming) {
      return;
    }
    int room = Math.min(Math.min(carrier.room(), BATCH), MOST_UNSETTLED - unsettled.size());
    if (room <= 0) {
      wakeIn(Math.clamp(carrier.msUntilRoom(), BREATH_MS, REST_MS));
      return;
    }
    claiming = true;
    hinted = false;
    Instant began = clock.instant();
    Duration lease = carrier.patience().plus(SLACK);
    office
        .claim(
            new ClaimDue(carrier.name(), carrier.route(), takesFresh.getAsBoolean(), room, lease))
        .onComplete(
            (claims, failure) -> {
              claiming = false;
              if (failure == null) {
                claimed(claims.claimed(), room, began, lease);
              } else {
                LOG.atDebug().addKeyValue("reason", failure.toString()).log("no claim now");
                wakeIn(REST_MS);
              }
              checkDrained();
            });
  }

  private void claimed(List<Claimed> claimed, int room, Instant began, Duration lease) {
    Instant now = clock.instant();
    boolean late = Duration.between(began, now).compareTo(SLACK.dividedBy(2)) > 0;
    if (stopped || late) {
      release(claimed.stream().map(each -> lease(each, Duration.ZERO)).toList());
      return;
    }
    List<Lease> later = new ArrayList<>();
    for (Claimed each : claimed) {
      take(each, began.plus(lease), later);
    }
    release(later);
    if (claimed.isEmpty()) {
      emptyAtMs = clock.millis();
    }
    if (claimed.size() == room) {
      round();
    } else if (hinted) {
      hint();
    }
    wakeIn(REST_MS);
  }

  private void take(Claimed claimed, Instant leasedUntil, List<Lease> later) {
    Optional<NextStep> over =
        NextStep.before(claimed.standing(), claimed.withdrawn(), clock.instant());
    boolean retry = claimed.attempts() > 0;
    if (over.isPresent()) {
      settle(claimed, leasedUntil, false, over.get());
    } else if (retry && !carrier.mayRetry()) {
      later.add(lease(claimed, LATER.plusMillis(random.nextInt((int) LATER.toMillis()))));
    } else {
      ask(claimed, leasedUntil, retry);
    }
  }

  private void ask(Claimed claimed, Instant leasedUntil, boolean retry) {
    asking++;
    carrier
        .ask(claimed.outgoing(), retry)
        .onComplete(
            (outcome, bug) -> {
              asking--;
              if (bug == null && outcome.isEmpty()) {
                release(List.of(lease(claimed, Duration.ZERO)));
              } else {
                Outcome told =
                    bug == null
                        ? outcome.get()
                        : new Outcome.Unknown("bug", String.valueOf(bug.getMessage()));
                NextStep step =
                    NextStep.after(
                        claimed.standing(), told, schedule, clock.instant(), random.nextDouble());
                settle(claimed, leasedUntil, true, step);
              }
              round();
            });
  }

  private void settle(Claimed claimed, Instant leasedUntil, boolean asked, NextStep step) {
    Settlement settlement =
        new Settlement(claimed.outgoing().delivery(), claimed.lease(), carrier.name(), asked, step);
    unsettled.add(new Unsettled(settlement, leasedUntil));
    settleGathered();
  }

  private void settleGathered() {
    if (settling || unsettled.isEmpty()) {
      return;
    }
    settling = true;
    List<Unsettled> batch = new ArrayList<>();
    while (batch.size() < BATCH && !unsettled.isEmpty()) {
      batch.add(unsettled.remove());
    }
    office
        .settle(new Settle(batch.stream().map(Unsettled::settlement).toList()))
        .onComplete(
            (settled, failure) -> {
              if (failure == null) {
                settling = false;
                told(batch);
                settleGathered();
              } else {
                again(batch, failure);
              }
              checkDrained();
            });
  }

  // whoever settles makes the next of its queue due, and what is tried again is due by and by
  private void told(List<Unsettled> batch) {
    boolean over = false;
    for (Unsettled each : batch) {
      if (each.settlement().step() instanceof NextStep.Again again) {
        wakeIn(Math.max(BREATH_MS, again.after().toMillis() + 1));
      } else {
        over = true;
      }
    }
    if (over && !stopped) {
      hint();
    }
  }

  // the same answer as long as the lease is ours; after it somebody else asks, under the same key
  private void again(List<Unsettled> batch, Throwable failure) {
    LOG.atWarn()
        .addKeyValue("provider", carrier.name())
        .addKeyValue("count", batch.size())
        .addKeyValue("reason", failure.toString())
        .log("a settlement waits for the store");
    Instant now = clock.instant();
    batch.reversed().stream()
        .filter(each -> each.leasedUntil().isAfter(now))
        .forEach(unsettled::addFirst);
    alarm.after(
        AGAIN_MS,
        () -> {
          settling = false;
          settleGathered();
          checkDrained();
        });
  }

  private void release(List<Lease> leases) {
    if (!leases.isEmpty()) {
      asking++;
      office
          .release(new ReleaseLeases(leases))
          .onComplete(
              (released, failure) -> {
                asking--;
                checkDrained();
              });
    }
  }

  private static Lease lease(Claimed claimed, Duration pause) {
    return new Lease(claimed.outgoing().delivery(), claimed.lease(), pause);
  }

  private void wakeIn(long ms) {
    long at = clock.millis() + ms;
    if (stopped || at >= alarmAtMs) {
      return;
    }
    if (unset != null) {
      unset.run();
    }
    alarmAtMs = at;
    unset =
        alarm.after(
            ms,
            () -> {
              alarmAtMs = Long.MAX_VALUE;
              unset = null;
              wakeIn(REST_MS);
              round();
            });
  }

  private void checkDrained() {
    if (stopped && !claiming && !settling && asking == 0 && unsettled.isEmpty()) {
      drained.tryComplete();
    }
  }
}
