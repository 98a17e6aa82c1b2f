package io.parley.channel;

import io.parley.bus.Endpoint;
import io.parley.timeline.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What can be asked of deliveries on their way, and of the providers that carry them. */
public final class DispatchVerbs {
  private DispatchVerbs() {}

  /**
   * Takes deliveries that are due, for one provider, under a lease.
   *
   * @param fresh whether also those that no provider is bound to; else only its own
   */
  public record ClaimDue(
      String provider, Channel route, boolean fresh, int limit, Duration lease) {}

  /**
   * A delivery that is ours until the lease ends.
   *
   * @param withdrawn whether its item was deleted meanwhile
   */
  public record Claimed(
      OutgoingMessage outgoing, long lease, int attempts, Instant expiresAt, boolean withdrawn) {
    public NextStep.Standing standing() {
      return new NextStep.Standing(attempts, expiresAt);
    }
  }

  public record Claims(List<Claimed> claimed) {}

  public static final Endpoint<ClaimDue, Claims> CLAIM_DUE =
      new Endpoint<>("channel.claim-due", ClaimDue.class, Claims.class);

  /**
   * What became of one claimed delivery.
   *
   * @param asked whether the provider was asked, which counts as an attempt
   */
  public record Settlement(
      long delivery, long lease, String provider, boolean asked, NextStep step) {}

  public record Settle(List<Settlement> settlements) {}

  /** How many were still ours to settle. */
  public record Settled(int count) {}

  public static final Endpoint<Settle, Settled> SETTLE =
      new Endpoint<>("channel.settle", Settle.class, Settled.class);

  /** A claim given back without an attempt; due again after the pause. */
  public record Lease(long delivery, long lease, Duration pause) {}

  public record ReleaseLeases(List<Lease> leases) {}

  public record Released(int count) {}

  public static final Endpoint<ReleaseLeases, Released> RELEASE_LEASES =
      new Endpoint<>("channel.release-leases", ReleaseLeases.class, Released.class);

  /** The provider answers again: what waits for it after trouble is due now. */
  public record WakeProvider(String provider) {}

  public record Woken(int count) {}

  public static final Endpoint<WakeProvider, Woken> WAKE_PROVIDER =
      new Endpoint<>("channel.wake-provider", WakeProvider.class, Woken.class);

  /** The newest first; {@code before} is where the page before ended. */
  public record FindDeliveries(
      Optional<DeliveryState> state, Optional<String> provider, OptionalLong before, int limit) {}

  public record Deliveries(List<DeliveryEntry> deliveries, boolean more) {}

  public static final Endpoint<FindDeliveries, Deliveries> FIND_DELIVERIES =
      new Endpoint<>("channel.find-deliveries", FindDeliveries.class, Deliveries.class);

  /**
   * Sends one that failed or expired anew: as another message, with all attempts and as much time
   * as it had at first.
   */
  public record Redrive(long delivery) {}

  public static final Endpoint<Redrive, Result<DeliveryEntry>> REDRIVE = redrive();

  private static Endpoint<Redrive, Result<DeliveryEntry>> redrive() {
    return Result.endpoint("channel.redrive", Redrive.class);
  }

  /** The same for all that match, the oldest first, up to a bound. */
  public record RedriveAll(Optional<DeliveryState> state, Optional<String> provider) {}

  /** {@code more} says that the bound was met. */
  public record Redriven(int count, boolean more) {}

  public static final Endpoint<RedriveAll, Redriven> REDRIVE_ALL =
      new Endpoint<>("channel.redrive-all", RedriveAll.class, Redriven.class);

  /**
   * A provider tells what became of a message.
   *
   * @param id what it calls the message
   * @param delivery what we call it, if the provider says so
   */
  public record ReceiveStatus(
      String provider,
      String id,
      OptionalLong delivery,
      DeliveryState state,
      Optional<String> code,
      Optional<String> message) {}

  /** {@code changed} is false for what is known, late or not ours. */
  public record StatusReceived(boolean changed) {}

  public static final Endpoint<ReceiveStatus, StatusReceived> RECEIVE_STATUS =
      new Endpoint<>("channel.receive-status", ReceiveStatus.class, StatusReceived.class);

  /** How much waits, counted over all nodes. */
  public record CountQueues() {}

  /** Pending deliveries of a route, bound to a provider or free for the first that can. */
  public record Queue(Channel route, Optional<String> boundTo, long depth) {}

  public record Queues(List<Queue> queues) {}

  public static final Endpoint<CountQueues, Queues> COUNT_QUEUES =
      new Endpoint<>("channel.count-queues", CountQueues.class, Queues.class);

  public record FindProviders() {}

  /** In the order of their routes. */
  public record Providers(List<ProviderEntry> providers) {}

  public static final Endpoint<FindProviders, Providers> FIND_PROVIDERS =
      new Endpoint<>("channel.find-providers", FindProviders.class, Providers.class);
}
