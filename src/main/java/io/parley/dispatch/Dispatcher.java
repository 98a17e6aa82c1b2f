package io.parley.dispatch;

import io.parley.channel.Attempt;
import io.parley.channel.DispatchVerbs.ClaimDue;
import io.parley.channel.DispatchVerbs.Claimed;
import io.parley.channel.DispatchVerbs.Lease;
import io.parley.channel.DispatchVerbs.ReleaseLeases;
import io.parley.channel.DispatchVerbs.Settlement;
import io.parley.channel.NextStep;
import io.parley.channel.Outcome;
import io.parley.channel.RetrySchedule;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the deliveries of one provider: claims as many as it has capacity for, sends them and
 * settles the outcomes.
 *
 * <p>Claims again at once while there is work, on a {@link #hint}, and every second at the latest.
 * One claim is in flight at a time, and every claimed delivery is sent at once, so that no lease
 * waits in a queue. Confined to one event loop; time and chance are arguments.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int MAX_CLAIM = 500;
  static final long MAX_IDLE_MS = 1_000;
  private static final long MIN_PAUSE_MS = 5;
  private static final Duration LEASE_MARGIN = Duration.ofSeconds(10);

  private final DispatchTarget target;
  private final BooleanSupplier takesUnbound;
  private final DeliveryStore store;
  private final Timer timer;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final RetrySchedule schedule;
  private final SettlementQueue settlements;
  private final Promise<Void> drained = Promise.promise();
  private boolean claiming;
  private boolean hinted;
  private boolean stopped;
  private int inFlight;
  private long foundNothingAtMs = Long.MIN_VALUE / 2;
  private long wakeAtMs = Long.MAX_VALUE;
  private @Nullable Runnable cancelWake;

  Dispatcher(
      DispatchTarget target,
      BooleanSupplier takesUnbound,
      DeliveryStore store,
      Timer timer,
      InstantSource clock,
      RandomGenerator random,
      RetrySchedule schedule) {
    this.target = target;
    this.takesUnbound = takesUnbound;
    this.store = store;
    this.timer = timer;
    this.clock = clock;
    this.random = random;
    this.schedule = schedule;
    this.settlements =
        new SettlementQueue(
            target.name(), store, timer, clock, this::wakeFor, this::completeIfDrained);
  }

  /** Says that there may be work. Cheap; call it as often as you like. */
  void hint() {
    if (claiming) {
      hinted = true;
    } else if (clock.millis() - foundNothingAtMs < MIN_PAUSE_MS) {
      wakeIn(MIN_PAUSE_MS);
    } else {
      claimNext();
    }
  }

  /** Stops claiming; the future completes when everything in flight is settled. */
  Future<Void> stop() {
    stopped = true;
    if (cancelWake != null) {
      cancelWake.run();
    }
    completeIfDrained();
    return drained.future();
  }

  private void claimNext() {
    if (stopped || claiming) {
      return;
    }
    int limit = Math.min(Math.min(target.capacity(), MAX_CLAIM), settlements.capacity());
    if (limit <= 0) {
      wakeIn(Math.clamp(target.msUntilCapacity(), MIN_PAUSE_MS, MAX_IDLE_MS));
      return;
    }
    claiming = true;
    hinted = false;
    Instant began = clock.instant();
    Duration lease = target.attemptTimeout().plus(LEASE_MARGIN);
    int retries = Math.min(limit, target.retryBudget());
    ClaimDue wanted =
        new ClaimDue(
            target.name(), target.route(), takesUnbound.getAsBoolean(), limit, retries, lease);
    store
        .claim(wanted)
        .onComplete(
            (claims, failure) -> {
              if (failure == null) {
                sendAll(claims.claimed(), wanted, began);
              } else {
                claiming = false;
                LOG.atDebug().addKeyValue("reason", failure.toString()).log("Claim failed");
                wakeIn(MAX_IDLE_MS);
              }
              completeIfDrained();
            });
  }

  private void sendAll(List<Claimed> claimed, ClaimDue wanted, Instant began) {
    Duration claimTook = Duration.between(began, clock.instant());
    if (stopped || claimTook.compareTo(LEASE_MARGIN.dividedBy(2)) > 0) {
      claiming = false;
      release(claimed.stream().map(Dispatcher::lease).toList());
      return;
    }
    // the next claim comes after all were sent: until then the budget does not show what they use
    Instant leasedUntil = began.plus(wanted.lease());
    claimed.forEach(each -> sendOrEnd(each, leasedUntil));
    claiming = false;
    if (claimed.isEmpty()) {
      foundNothingAtMs = clock.millis();
    }
    if (claimed.size() == wanted.limit()) {
      claimNext();
    } else if (hinted) {
      hint();
    }
    long retries = claimed.stream().filter(Claimed::retry).count();
    boolean moreRetries = retries == wanted.retries() && wanted.retries() < wanted.limit();
    wakeIn(
        moreRetries ? Math.clamp(target.msUntilRetry(), MIN_PAUSE_MS, MAX_IDLE_MS) : MAX_IDLE_MS);
  }

  private void sendOrEnd(Claimed claimed, Instant leasedUntil) {
    NextStep.before(claimed.progress(), claimed.withdrawn(), clock.instant())
        .ifPresentOrElse(
            ended -> settle(claimed, leasedUntil, Optional.empty(), ended),
            () -> send(claimed, leasedUntil));
  }

  private void send(Claimed claimed, Instant leasedUntil) {
    inFlight++;
    target
        .send(claimed.outgoing(), claimed.retry())
        .onComplete(
            (attempt, bug) -> {
              inFlight--;
              if (bug != null) {
                // its lease ends, and then it counts as an attempt with an unknown outcome
                LOG.atError()
                    .setCause(bug)
                    .addKeyValue("provider", target.name())
                    .log("Attempt failed unexpectedly");
              } else if (attempt.isEmpty()) {
                release(List.of(lease(claimed)));
              } else {
                settle(claimed, leasedUntil, attempt, nextStep(claimed, attempt.get().outcome()));
              }
              claimNext();
            });
  }

  private NextStep nextStep(Claimed claimed, Outcome outcome) {
    return NextStep.after(
        claimed.progress(), outcome, schedule, clock.instant(), random.nextDouble());
  }

  private void settle(
      Claimed claimed, Instant leasedUntil, Optional<Attempt> attempt, NextStep step) {
    settlements.add(
        new Settlement(claimed.outgoing().delivery(), claimed.lease(), attempt, step), leasedUntil);
  }

  // a settled delivery makes the next one of its queue due; a retry becomes due after its pause
  private void wakeFor(List<Settlement> settled) {
    boolean ended = false;
    for (Settlement each : settled) {
      if (each.step() instanceof NextStep.Retry retry) {
        wakeIn(Math.max(MIN_PAUSE_MS, retry.after().toMillis() + 1));
      } else {
        ended = true;
      }
    }
    if (ended && !stopped) {
      hint();
    }
  }

  private void release(List<Lease> leases) {
    if (!leases.isEmpty()) {
      inFlight++;
      store
          .release(new ReleaseLeases(leases))
          .onComplete(
              (released, failure) -> {
                inFlight--;
                completeIfDrained();
              });
    }
  }

  private static Lease lease(Claimed claimed) {
    return new Lease(claimed.outgoing().delivery(), claimed.lease(), Duration.ZERO);
  }

  private void wakeIn(long ms) {
    long at = clock.millis() + ms;
    if (stopped || at >= wakeAtMs) {
      return;
    }
    if (cancelWake != null) {
      cancelWake.run();
    }
    wakeAtMs = at;
    cancelWake =
        timer.after(
            ms,
            () -> {
              wakeAtMs = Long.MAX_VALUE;
              cancelWake = null;
              wakeIn(MAX_IDLE_MS);
              claimNext();
            });
  }

  private void completeIfDrained() {
    if (stopped && !claiming && inFlight == 0 && settlements.isEmpty()) {
      drained.tryComplete();
    }
  }
}
